// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/help_format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <span>
#include <sstream>
#include <vector>

#include "command/option_description.h"

namespace dali {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kHelpColumn = 28;  // where it begins what an option does

// A text on lines of so many columns, of which each but the first begins with `indent` spaces more.
// Its own breaks are spaces like others.
std::string wrapped(const std::string& text, std::size_t columns, std::size_t indent = 0) {
  std::istringstream words(text);
  std::string lines;
  std::size_t used = 0;
  for (std::string word; words >> word;) {
    const bool begins_a_line = used == 0 || used + 1 + word.size() > columns;
    if (begins_a_line && !lines.empty()) lines += '\n' + std::string(indent, ' ');
    if (!begins_a_line) lines += ' ';
    used = begins_a_line ? word.size() : used + 1 + word.size();
    lines += word;
  }
  return lines;
}

// "1 to 64", "train or test"; empty: no limits that are known.
std::string limits_of(const OptionValue& value) {
  if (value.choices.size() < 2) return value.choices.empty() ? value.range : value.choices.front();
  const std::span<const std::string> choices(value.choices);
  return fmt::format("{} or {}", fmt::join(choices.first(choices.size() - 1), ", "),
                     choices.back());
}

}  // namespace

HelpFormatter::HelpFormatter() {
  column_width(kHelpColumn);
}

std::string HelpFormatter::make_description(const CLI::App* app) const {
  return wrapped(app->get_description(), kColumns) + "\n\n";
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  if (option->get_type_size() == 0) return {};
  // A positional is called by its name alone.
  std::string text = option->get_positional() ? std::string() : " " + value_of(*option).name;
  if (option->get_expected_max() == CLI::detail::expected_max_vector_size) text += " ...";
  return text;
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  std::string description = option->get_description();
  std::vector<std::string> facts;
  const std::string limits = limits_of(value_of(*option));
  if (!limits.empty() && description.find(limits) == std::string::npos) facts.push_back(limits);
  if (!option->get_default_str().empty()) facts.push_back("default: " + option->get_default_str());
  if (option->get_required()) facts.push_back("required");
  const std::string joined = fmt::format("{}", fmt::join(facts, "; "));
  if (description.ends_with(')') && description.find("(default") != std::string::npos) {
    if (!facts.empty()) description.insert(description.size() - 1, "; " + joined);
  } else if (!facts.empty()) {
    description += " (" + joined + ")";
  }
  return wrapped(description, kColumns - get_column_width());
}

// Lines that are too long are set anew below their own beginning; the others stay as they are.
std::string HelpFormatter::make_footer(const CLI::App* app) const {
  std::istringstream footer(app->get_footer());
  std::string text;
  for (std::string line; std::getline(footer, line);) {
    if (line.size() > kColumns) {
      const std::size_t indent = line.find_first_not_of(' ');
      line = line.substr(0, indent) + wrapped(line, kColumns - indent, indent);
    }
    text += line + '\n';
  }
  return text;
}

std::string help_entry(const std::string& name, const std::string& what) {
  std::string entry = "  " + name;
  entry += entry.size() < kHelpColumn ? std::string(kHelpColumn - entry.size(), ' ')
                                      : '\n' + std::string(kHelpColumn, ' ');
  return entry + wrapped(what, kColumns - kHelpColumn, kHelpColumn) + '\n';
}

}  // namespace dali
