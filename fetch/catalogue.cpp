// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fetch/catalogue.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <toml++/toml.h>
#include <algorithm>
#include <set>
#include <stdexcept>

#include "fetch/checksum.h"
#include "model/base/in_quotes.h"
#include "model/base/model_folders.h"
#include "model/base/nearest_name.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// Reads the keys of one table, each once, and knows which were not asked for.
class Section {
 public:
  Section(const toml::table& table, const fs::path& file, std::string where)
      : table_(table), file_(file), where_(std::move(where)) {}

  [[noreturn]] void refuse(const std::string& reason) const {
    throw std::runtime_error(file_.string() + ": " + where_ + ": " + reason);
  }

  std::string text(const char* key, bool is_needed = false) {
    return value<std::string>(key, "a text", is_needed).value_or("");
  }
  std::optional<std::uint64_t> count(const char* key) {
    const auto number = value<std::int64_t>(key, "a whole number", false);
    if (number && *number < 0) refuse(std::string(key) + " is below 0");
    return number ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
  }
  double number(const char* key) {
    const double number = value<double>(key, "a number", false).value_or(0);
    if (!(number >= 0)) refuse(std::string(key) + " is below 0");
    return number;
  }
  template <typename Read>
  void tables(const char* key, const Read& read) {
    asked_.insert(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) return;
    const toml::array* list = node->as_array();
    if (list == nullptr || !list->is_array_of_tables()) {
      refuse(std::string(key) + " is no list of tables");
    }
    for (const toml::node& item : *list) read(*item.as_table());
  }
  void expect_no_more() const {
    for (const auto& [key, node] : table_) {
      if (!asked_.contains(key.str())) refuse("key " + in_quotes(key.str()) + " is unknown");
    }
  }

 private:
  template <typename Value>
  std::optional<Value> value(const char* key, const char* kind, bool is_needed) {
    asked_.insert(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) {
      if (is_needed) refuse(std::string(key) + " is missing");
      return std::nullopt;
    }
    const auto value = node->value<Value>();
    if (!value) refuse(std::string(key) + " must be " + kind);
    return value;
  }

  const toml::table& table_;
  const fs::path& file_;
  std::string where_;
  std::set<std::string, std::less<>> asked_;
};

// A plain name, or a path that stays below its folder.
bool is_file_name(const std::string& name) {
  const fs::path path = name;
  return !name.empty() && path.is_relative() && path.has_filename() &&
         std::ranges::none_of(path,
                              [](const fs::path& part) { return part == ".." || part == "."; });
}

bool is_sha256(const std::string& text) {
  return text.size() == kSha256Digits &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

CatalogueFile read_file(const toml::table& table, const fs::path& path, const std::string& where) {
  Section section(table, path, where);
  CatalogueFile file;
  file.name = section.text("name", /*is_needed=*/true);
  file.address = section.text("address");
  file.bytes = section.count("bytes");
  file.gigabytes = section.number("gigabytes");
  file.sha256 = section.text("sha256");
  section.expect_no_more();
  if (!is_file_name(file.name)) section.refuse("name " + in_quotes(file.name) + " is no file's");
  if (!file.address.empty() && !file.address.starts_with("https://")) {
    section.refuse("the address of " + in_quotes(file.name) + " is not https");
  }
  if (!file.sha256.empty() && !is_sha256(file.sha256)) {
    section.refuse("sha256 of " + in_quotes(file.name) + " is not 64 hexadecimal digits");
  }
  return file;
}

CatalogueEntry read_entry(const toml::table& table, const fs::path& path) {
  const std::string name = table["name"].value_or(std::string("an entry without a name"));
  Section section(table, path, name);
  CatalogueEntry entry;
  entry.name = section.text("name", /*is_needed=*/true);
  if (!is_model_name(entry.name)) section.refuse("that is no name of a model");
  entry.what = section.text("what", /*is_needed=*/true);
  entry.licence = section.text("licence", /*is_needed=*/true);
  entry.page = section.text("page");
  const std::string kind = section.text("kind", /*is_needed=*/true);
  if (kind == "files") {
    entry.kind = CatalogueEntry::Kind::kFiles;
  } else if (kind == "model") {
    entry.kind = CatalogueEntry::Kind::kModel;
  } else if (kind == "embedded") {
    entry.kind = CatalogueEntry::Kind::kEmbedded;
  } else {
    section.refuse("kind must be files, model or embedded");
  }
  section.tables(
      "file", [&](const toml::table& file) { entry.files.push_back(read_file(file, path, name)); });
  section.tables("cost", [&](const toml::table& cost) {
    Section costs(cost, path, name + ": cost");
    entry.costs.push_back({.precision = costs.text("precision", /*is_needed=*/true),
                           .memory_gib = costs.number("memory_gib"),
                           .window_seconds = costs.number("window_seconds")});
    costs.expect_no_more();
  });
  entry.llava = section.text("llava");
  entry.vision = section.text("vision");
  entry.audio = section.text("audio");
  entry.prefix = section.text("prefix");
  entry.projector = section.text("projector");
  section.expect_no_more();
  if ((entry.kind == CatalogueEntry::Kind::kFiles) == entry.files.empty()) {
    section.refuse(entry.files.empty() ? "has no files" : "has files, but is not of kind files");
  }
  if (entry.kind == CatalogueEntry::Kind::kModel && (entry.llava.empty() || entry.audio.empty())) {
    section.refuse("a model needs llava and audio");
  }
  return entry;
}

}  // namespace

std::vector<std::string> parts_of(const CatalogueEntry& entry) {
  std::vector<std::string> parts;
  for (const std::string* source :
       {&entry.llava, &entry.vision, &entry.audio, &entry.prefix, &entry.projector}) {
    const std::string part = source->substr(0, source->find('/'));
    if (!part.empty() && std::ranges::find(parts, part) == parts.end()) parts.push_back(part);
  }
  return parts;
}

double gigabytes_of(const CatalogueEntry& entry) {
  double sum = 0;
  for (const CatalogueFile& file : entry.files) {
    sum += file.bytes ? static_cast<double>(*file.bytes) / 1e9 : file.gigabytes;
  }
  return sum;
}

Catalogue Catalogue::read(const fs::path& file) {
  toml::table table;
  try {
    table = toml::parse_file(file.string());
  } catch (const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    throw std::runtime_error(line == 0 ? file.string() + ": cannot be read"
                                       : fmt::format("{}:{}: {}", file.string(), line,
                                                     std::string(error.description())));
  }
  Catalogue catalogue;
  Section section(table, file, "the file");
  section.tables("entry", [&](const toml::table& entry) {
    catalogue.entries_.push_back(read_entry(entry, file));
  });
  section.expect_no_more();
  std::set<std::string> names;
  for (const CatalogueEntry& entry : catalogue.entries_) {
    if (!names.insert(entry.name).second) {
      throw std::runtime_error(file.string() + ": " + entry.name + " stands there twice");
    }
    for (const std::string& part : parts_of(entry)) {
      const CatalogueEntry* found = catalogue.find(part);
      if (found == nullptr || found->kind != CatalogueEntry::Kind::kFiles) {
        throw std::runtime_error(file.string() + ": " + entry.name + ": there are no files " +
                                 in_quotes(part));
      }
    }
  }
  return catalogue;
}

const CatalogueEntry* Catalogue::find(const std::string& name) const {
  const auto found = std::ranges::find(entries_, name, &CatalogueEntry::name);
  return found == entries_.end() ? nullptr : &*found;
}

const CatalogueEntry& Catalogue::entry(const std::string& name) const {
  if (const CatalogueEntry* found = find(name)) return *found;
  std::vector<std::string> names;
  for (const CatalogueEntry& entry : entries_) names.push_back(entry.name);
  throw std::runtime_error(
      in_quotes(name) + " is not in the catalogue" +
      (names.empty() ? "" : "; do you mean " + nearest_name(name, names) + "?"));
}

}  // namespace dali
