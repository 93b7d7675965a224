// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/stage_command.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include "command/command_line.h"
#include "command/narration.h"
#include "model/base/file_replacement.h"
#include "training/data/clip_records.h"
#include "training/loop/checkpoint.h"

namespace dali {
namespace {

// "dry_run" -> "--dry-run"
std::string option_of(std::string key) {
  std::ranges::replace(key, '_', '-');
  return "--" + key;
}

// Writes the configuration beside the results. A run that was cut off there goes on only with the
// configuration that it began with.
void settle_config(const std::filesystem::path& out, const ConfigFields& fields) {
  const auto file = out / "training.toml";
  if (holds_checkpoint(out) || holds_clip_records(out)) {
    const auto changed = fields.keys_changed_since(file);
    if (!changed.empty()) {
      throw std::runtime_error(fmt::format(
          "{}: holds a run with another {}; give the old values to go on with it, or another --out",
          out.string(), fmt::join(changed, ", ")));
    }
  }
  replace_file(file, fields.to_toml());
}

// LibTorch's errors carry a backtrace that says nothing to the user.
void without_backtrace(const std::function<void()>& body) try {
  body();
} catch (const c10::Error& error) {
  throw std::runtime_error(error.what_without_backtrace());
}

}  // namespace

int run_stage_command(int argc, char** argv, const CommandDescription& description,
                      ConfigFields& fields,
                      const std::function<void(const std::filesystem::path& out)>& body) {
  CLI::App app(description.purpose, description.name);
  app.footer(fields.help() + description.notes);
  std::filesystem::path config;
  std::filesystem::path out;
  std::vector<std::string> assignments;
  app.add_option("--config", config, "TOML file with the keys below")->type_name("FILE");
  app.add_option("--out", out, "folder for the results; made when missing")
      ->type_name("DIR")
      ->required();
  // CLI11 of Debian 13 has no "=" in a name.
  app.add_option("assignment", assignments, "key=value: keys that replace those of the file");
  std::vector<std::string> switched_on;
  for (const std::string& key : fields.switches()) {
    const std::string assignment = key + "=true";
    app.add_flag_callback(
        option_of(key), [&switched_on, assignment] { switched_on.push_back(assignment); },
        "the same as " + assignment);
  }

  const auto keys = fields.described();
  if (const auto status = parse_command_line(app, description.name, argc, argv, keys)) {
    return *status;
  }
  try {
    if (!config.empty()) fields.read_toml_file(config);
    for (const std::string& assignment : assignments) fields.assign(assignment);
    for (const std::string& assignment : switched_on) fields.assign(assignment);
    fields.check_required();
  } catch (const std::invalid_argument& error) {
    return refuse_command_line(description.name, error.what());
  }
  return run_command(description.name, [&] {
    without_backtrace([&] {
      std::filesystem::create_directories(out);
      settle_config(out, fields);
      narrate("results go to {}; training.toml there holds every key", out.string());
      body(out);
    });
  });
}

}  // namespace dali
