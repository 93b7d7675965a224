// SPDX-License-Identifier: LGPL-2.1-or-later
// Models by name: what there is, fetched, looked after, served and removed.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "command/command_line.h"
#include "command/standard_streams.h"
#include "command/stop_signal.h"
#include "fetch/checksum_list.h"
#include "fetch/model_fetch.h"
#include "fetch/model_serving.h"
#include "fetch/published_import.h"
#include "model/base/embedded_model.h"
#include "model/base/in_quotes.h"
#include "model/base/installation.h"
#include "model/base/model_folders.h"

namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "dali-model";
constexpr int kMostThreads = 1024;  // as of the elements
constexpr const char* kCatalogueName = "catalogue.toml";

struct CommandLine {
  std::string action;
  std::string name;
  fs::path catalogue;  // empty: the one that was installed
  fs::path models;     // empty: the user's folder
  dali::FetchRequest request;
  dali::ServingRequest serving;
  std::string precision;  // empty: the action's own default
  std::string weights;
  bool is_quiet = false;
};

void declare(CLI::App& app, CommandLine& line) {
  app.add_option("action", line.action,
                 "list: what there is; fetch NAME; verify NAME or DIR: whether all of it is there\n"
                 "and right; serve NAME or DIR: keep it loaded for several programs; remove NAME")
      ->check(CLI::IsMember({"list", "fetch", "verify", "serve", "remove"}))
      ->type_name("ACTION")
      ->required();
  app.add_option("name", line.name, "Of an entry of the catalogue, or a folder to verify or serve")
      ->type_name("NAME");
  app.add_option("--mirror", line.request.mirrors,
                 "Look there first: a folder or an address that has ENTRY/FILE, for machines\n"
                 "without internet; may be given several times")
      ->type_name("DIR|URL")
      ->expected(1)
      ->take_all();
  app.add_option("--as", line.request.stored_as, "Store it under another name")->type_name("NAME");
  app.add_option("--precision", line.precision,
                 "Of a fetched model's weights: bfloat16 (default), float16 or float32; of what a\n"
                 "served model computes in: auto (default), bfloat16 or float32")
      ->check(CLI::IsMember({"auto", "bfloat16", "float16", "float32"}))
      ->type_name("NAME");
  app.add_option("--weights", line.weights,
                 "Store what activations are multiplied with as integers: int8 or int4")
      ->check(CLI::IsMember({"int8", "int4"}))
      ->type_name("NAME");
  app.add_flag("--keep-files", line.request.keeps_files,
               "Keep the published files after a model was made of them");
  app.add_option("--retries", line.request.limits.retries,
                 "Attempts after one that brought nothing (default: 5)")
      ->check(CLI::Range(0, 1000))
      ->type_name("N");
  app.add_option("--silence", line.request.limits.silence_s,
                 "Seconds without a byte before an attempt is given up (default: 60)")
      ->check(CLI::Range(1, 86400))
      ->type_name("N");
  app.add_option("--models", line.models,
                 "Where models lie (default: gst-dali/models in the user's folder of data)")
      ->type_name("DIR");
  app.add_option("--catalogue", line.catalogue, "Another catalogue than the one installed")
      ->type_name("FILE");
  app.add_option("--socket", line.serving.socket,
                 "Where a served model is found: a socket to make, whose name is what other\n"
                 "programs take as --model and elements as model")
      ->type_name("FILE");
  app.add_option("--device", line.serving.device,
                 "Where a served model computes: auto (default), cpu, cuda or cuda:N")
      ->type_name("NAME");
  app.add_option("--threads", line.serving.threads,
                 "How many threads a served model computes with, at most (default: 0, as many as\n"
                 "there are processors that the program may use)")
      ->check(CLI::Range(0, kMostThreads))
      ->type_name("N");
  app.add_flag("-q,--quiet", line.is_quiet, "No progress");
}

// Beside the embedded model, installed with this program, or in one of the folders of models.
fs::path catalogue_file(const CommandLine& line) {
  if (!line.catalogue.empty()) return line.catalogue;
  const fs::path beside = dali::embedded_model_directory().parent_path() / kCatalogueName;
  std::error_code error;
  if (fs::is_regular_file(beside, error)) return beside;
  const fs::path own = dali::own_installed_file(dali::InstalledFolder::kModels, kCatalogueName);
  if (!own.empty()) return own;
  for (const fs::path& folder : dali::models_folders()) {
    if (fs::is_regular_file(folder / kCatalogueName, error)) return folder / kCatalogueName;
  }
  return beside;
}

std::string state_of(const dali::CatalogueEntry& entry, const dali::ModelStore& store) {
  if (entry.kind == dali::CatalogueEntry::Kind::kEmbedded) return "comes with gst-dali";
  if (store.has(entry.name)) return "fetched";
  const auto bytes = store.bytes_in_part(entry.name);
  return bytes == 0 ? "not fetched" : "begun, " + dali::bytes_text(bytes) + " are there";
}

void list_entries(const dali::Catalogue& catalogue, const dali::ModelStore& store) {
  std::string text;
  for (const dali::CatalogueEntry& entry : catalogue.entries()) {
    double gigabytes = gigabytes_of(entry);
    for (const std::string& part : dali::parts_of(entry)) {
      gigabytes += gigabytes_of(catalogue.entry(part));
    }
    text += fmt::format("{} ({})\n  {}\n", entry.name, state_of(entry, store), entry.what);
    text += "  licence: " + entry.licence + "\n";
    if (gigabytes > 0) text += fmt::format("  to fetch: {:.2f} GB\n", gigabytes);
    for (const dali::CatalogueCost& cost : entry.costs) {
      text += fmt::format("  {}: {:.2g} GiB of memory", cost.precision, cost.memory_gib);
      if (cost.window_seconds > 0) text += fmt::format(", {:.0f} s a window", cost.window_seconds);
      text += "\n";
    }
    int without_address = 0;
    for (const dali::CatalogueFile& file : entry.files) without_address += file.address.empty();
    if (without_address > 0) {
      text += fmt::format("  {} of {} files have no address here: {}\n", without_address,
                          entry.files.size(), entry.page);
    }
  }
  dali::write_to_standard_output(text);
}

void fetch(CommandLine& line, const dali::Catalogue& catalogue, const dali::ModelStore& store,
           dali::StatusLine& status) {
  line.request.name = line.name;
  line.request.import = [&](const dali::PublishedPaths& paths, const fs::path& out) {
    status.clear();
    dali::import_published(paths, line.precision.empty() ? "bfloat16" : line.precision,
                           line.weights, out);
    dali::write_checksum_list(out, status);
  };
  dali::fetch_entry(catalogue, store, line.request, status);
}

fs::path folder_of(const std::string& name, const dali::ModelStore& store) {
  const bool is_path = name.find('/') != std::string::npos;
  return !is_path && store.has(name) ? store.path_of(name) : dali::model_directory_named(name);
}

void serve(const CommandLine& line, const dali::ModelStore& store) {
  dali::ServingRequest request = line.serving;
  request.model = folder_of(line.name, store);
  if (!line.precision.empty()) request.precision = line.precision;
  dali::serve_model(request);
}

void verify(const CommandLine& line, const dali::Catalogue& catalogue,
            const dali::ModelStore& store, dali::StatusLine& status) {
  const fs::path folder = folder_of(line.name, store);
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw std::runtime_error(folder.string() + ": no such folder, nor a fetched model");
  }
  const fs::path plain = fs::absolute(folder).lexically_normal();
  // A folder that was typed with a slash behind it has its name before that.
  const fs::path named = plain.has_filename() ? plain : plain.parent_path();
  const dali::CatalogueEntry* entry = catalogue.find(named.filename().string());
  if (entry != nullptr && entry->kind == dali::CatalogueEntry::Kind::kFiles) {
    const int without_checksum = dali::verify_files(*entry, folder, status);
    fmt::print("{}: {} files are as published", folder.string(), entry->files.size());
    if (without_checksum > 0) {
      fmt::print("; {} of them have no published checksum", without_checksum);
    }
    fmt::print("\n");
    return;
  }
  const bool has_list = dali::verify_checksum_list(folder, status);
  const std::string what = dali::verified_model(folder);
  fmt::print("{}: {}{}\n", folder.string(), what,
             has_list ? "; all files are as they were imported" : "");
}

void act(CommandLine& line) {
  const dali::ModelStore store(line.models.empty() ? dali::users_models_folder() : line.models);
  if (line.action == "remove") {
    store.remove(line.name);
    fmt::print("{} is removed\n", line.name);
    return;
  }
  if (line.action == "serve") return serve(line, store);
  const dali::Catalogue catalogue = dali::Catalogue::read(catalogue_file(line));
  dali::StatusLine status(line.is_quiet ? dali::StatusLine::Style::kQuiet
                                        : dali::StatusLine::style_of_standard_error());
  if (line.action == "list") list_entries(catalogue, store);
  if (line.action == "fetch") fetch(line, catalogue, store, status);
  if (line.action == "verify") verify(line, catalogue, store, status);
}

void check_precision(const CommandLine& line) {
  const bool is_served = line.action == "serve";
  if (line.precision == (is_served ? "float16" : "auto")) {
    throw std::invalid_argument("--precision " + line.precision + " is not for " + line.action);
  }
}

void check(const CommandLine& line) {
  if (line.action == "list") {
    if (!line.name.empty()) throw std::invalid_argument("list takes no name");
    return;
  }
  if (line.name.empty()) throw std::invalid_argument(line.action + " needs a name");
  check_precision(line);
  const bool is_served = line.action == "serve";
  if (is_served != !line.serving.socket.empty()) {
    throw std::invalid_argument(is_served ? "serve needs --socket" : "--socket is for serve alone");
  }
  if (!is_served && line.action != "verify" && !dali::is_model_name(line.name)) {
    throw std::invalid_argument(dali::in_quotes(line.name) + " is no name of a model");
  }
  if (!line.request.stored_as.empty() && !dali::is_model_name(line.request.stored_as)) {
    throw std::invalid_argument("--as: " + dali::in_quotes(line.request.stored_as) +
                                " is no name for a model");
  }
  dali::check_mirrors(line.request.mirrors);
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine line;
  CLI::App app(
      "Lists, fetches, verifies, serves and removes models and the published files that they are\n"
      "made of.\n"
      "A fetch that was interrupted goes on where it ended; a fetched model can be named wherever\n"
      "a model directory can: dali-caption --model NAME. Nothing that is fetched is run.",
      kProgram);
  declare(app, line);
  if (const auto status = dali::parse_command_line(app, kProgram, argc, argv)) return *status;
  try {
    check(line);
  } catch (const std::invalid_argument& error) {
    return dali::refuse_command_line(kProgram, error.what());
  }
  const dali::StopSignal stop_signal;
  return dali::run_command(kProgram, [&] { act(line); });
}
