// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/config/config_fields.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <stdexcept>
#include <type_traits>

#include "command/comma_list.h"
#include "command/help_format.h"
#include "model/base/nearest_name.h"

namespace dali {
namespace {

template <class Number>
bool parse_number(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end;
}

const char* type_name(const ConfigFields::Field& field) {
  constexpr const char* kNames[] = {
      "a whole number", "a whole number from 0", "a number", "true or false", "text", "a path"};
  return kNames[field.index()];
}

// Sets the field from its spelling; false when the spelling does not fit the field's type.
bool set_from_text(const ConfigFields::Field& field, std::string_view text) {
  return std::visit(
      [text](auto* value) {
        using Value = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, bool>) {
          if (text != "true" && text != "false") return false;
          *value = text == "true";
          return true;
        } else if constexpr (std::is_arithmetic_v<Value>) {
          return parse_number(text, *value);
        } else {
          *value = std::string(text);
          return true;
        }
      },
      field);
}

std::string toml_string(std::string_view text) {
  return fmt::format("{}", fmt::streamed(toml::value<std::string>(std::string(text))));
}

std::string to_text(const ConfigFields::Field& field) {
  return std::visit(
      [](auto* value) -> std::string {
        using Value = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::filesystem::path>) {
          return toml_string(value->string());
        } else if constexpr (std::is_same_v<Value, std::string>) {
          return toml_string(*value);
        } else {
          return fmt::format("{}", *value);
        }
      },
      field);
}

// As it is typed: without quotes.
std::string to_plain_text(const ConfigFields::Field& field) {
  if (const auto* text = std::get_if<std::string*>(&field)) return **text;
  if (const auto* path = std::get_if<std::filesystem::path*>(&field)) return (*path)->string();
  return to_text(field);
}

bool holds_value(const ConfigFields::Field& field) {
  const std::string text = to_plain_text(field);
  return !text.empty() && text != "0";
}

}  // namespace

void ConfigFields::add(std::string_view key, Field field, std::string_view help,
                       OnResume on_resume) {
  entries_.push_back({.key = std::string(key),
                      .field = field,
                      .help = std::string(help),
                      .on_resume = on_resume,
                      .is_required = false,
                      .unless = {}});
}

void ConfigFields::add_required(std::string_view key, Field field, std::string_view help,
                                std::string_view unless) {
  add(key, field, help);
  entries_.back().is_required = true;
  entries_.back().unless = unless;
}

bool ConfigFields::is_missing(const Entry& entry) const {
  if (!entry.is_required || holds_value(entry.field)) return false;
  const std::vector<std::string> others = parts_of(entry.unless);
  return std::ranges::none_of(entries_, [&](const Entry& other) {
    return std::ranges::find(others, other.key) != others.end() && holds_value(other.field);
  });
}

void ConfigFields::check_required() const {
  std::vector<std::string> missing;
  for (const Entry& entry : entries_) {
    if (is_missing(entry)) missing.push_back(entry.key);
  }
  if (missing.empty()) return;
  const bool is_one = missing.size() == 1;
  throw std::invalid_argument(
      fmt::format("the {} {} {} missing: give {}=... or a --config FILE that has {} (--help lists "
                  "the keys)",
                  is_one ? "key" : "keys", fmt::join(missing, ", "), is_one ? "is" : "are",
                  fmt::join(missing, "=... "), is_one ? "it" : "them"));
}

std::vector<std::string> ConfigFields::switches() const {
  std::vector<std::string> keys;
  for (const Entry& entry : entries_) {
    if (std::holds_alternative<bool*>(entry.field)) keys.push_back(entry.key);
  }
  return keys;
}

ConfigFields::Entry& ConfigFields::find(std::string_view key, std::string_view where) {
  const auto found = std::ranges::find(entries_, key, &Entry::key);
  if (found != entries_.end()) return *found;
  std::vector<std::string> keys;
  for (const Entry& entry : entries_) keys.push_back(entry.key);
  throw std::invalid_argument(fmt::format("{}: unknown key '{}'; the nearest is '{}'", where, key,
                                          nearest_name(key, keys)));
}

void ConfigFields::read_toml_file(const std::filesystem::path& file) {
  toml::table table;
  try {
    table = toml::parse_file(file.string());
  } catch (const toml::parse_error& error) {
    throw std::invalid_argument(
        fmt::format("{}:{}: {}", file.string(), error.source().begin.line, error.description()));
  }
  for (const auto& [key, node] : table) {
    const Entry& entry = find(key.str(), file.string());
    const bool is_text_field = std::holds_alternative<std::string*>(entry.field) ||
                               std::holds_alternative<std::filesystem::path*>(entry.field);
    std::string text;
    if (const auto* string = node.as_string()) {
      text = string->get();
    } else {
      text = fmt::format("{}", fmt::streamed(toml::node_view(node)));
    }
    if (is_text_field != node.is_string() || !set_from_text(entry.field, text)) {
      throw std::invalid_argument(
          fmt::format("{}: '{}' must be {}", file.string(), entry.key, type_name(entry.field)));
    }
  }
}

void ConfigFields::assign(std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    throw std::invalid_argument(fmt::format("'{}' is not of the form key=value", assignment));
  }
  const Entry& entry = find(assignment.substr(0, equals), "command line");
  if (!set_from_text(entry.field, assignment.substr(equals + 1))) {
    throw std::invalid_argument(
        fmt::format("'{}': '{}' must be {}", assignment, entry.key, type_name(entry.field)));
  }
}

std::string ConfigFields::help() const {
  std::string text = "Keys of the configuration, with their defaults:\n";
  for (const Entry& entry : entries_) {
    text += entry.is_required
                ? help_entry(
                      entry.key + "=...",
                      entry.help + (entry.unless.empty()
                                        ? " (required)"
                                        : fmt::format(" (required without {})",
                                                      fmt::join(parts_of(entry.unless), " or "))))
                : help_entry(entry.key + "=" + to_plain_text(entry.field), entry.help);
  }
  return text;
}

std::vector<DescribedKey> ConfigFields::described() const {
  std::vector<DescribedKey> keys;
  for (const Entry& entry : entries_) {
    OptionValue value{.name = "VALUE", .choices = {}, .range = {}};
    if (std::holds_alternative<bool*>(entry.field)) value.choices = {"true", "false"};
    if (std::holds_alternative<std::filesystem::path*>(entry.field)) value.name = "FILE";
    keys.push_back({.key = entry.key, .value = value, .help = entry.help});
  }
  return keys;
}

std::string ConfigFields::to_toml() const {
  std::string text;
  for (const Entry& entry : entries_) {
    text += fmt::format("{} = {}\n", entry.key, to_text(entry.field));
  }
  return text;
}

std::vector<std::string> ConfigFields::keys_changed_since(const std::filesystem::path& file) const {
  std::map<std::string, std::string> values;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const auto equals = line.find(" = ");
    if (equals != std::string::npos) values[line.substr(0, equals)] = line.substr(equals + 3);
  }
  std::vector<std::string> changed;
  for (const Entry& entry : entries_) {
    const auto value = values.find(entry.key);
    const bool differs = value != values.end() && value->second != to_text(entry.field);
    if (differs && entry.on_resume == OnResume::kMustMatch) changed.push_back(entry.key);
  }
  return changed;
}

}  // namespace dali
