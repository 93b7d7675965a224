// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/help_format.h"

#include <fmt/format.h>

#include <cstddef>
#include <sstream>
#include <vector>

namespace dali {
namespace {

constexpr std::size_t kColumns = 80;

// A text on lines of so many columns. Its own breaks are spaces like others.
std::string wrapped(const std::string& text, std::size_t columns) {
  std::istringstream words(text);
  std::string lines;
  std::size_t used = 0;
  for (std::string word; words >> word;) {
    const bool begins_a_line = used == 0 || used + 1 + word.size() > columns;
    if (begins_a_line && !lines.empty()) lines += '\n';
    if (!begins_a_line) lines += ' ';
    used = begins_a_line ? word.size() : used + 1 + word.size();
    lines += word;
  }
  return lines;
}

// What CLI11 calls an option's value: "N", and what it may be after a colon, "INT in [1 - 64]" or
// "{train,test}".
struct ValueName {
  std::string name;
  std::string limits;  // "1 to 64"; "train or test"; empty: none that are known
};

std::string in_words(std::string choices) {  // "a,b,c" -> "a, b or c"
  const std::size_t last = choices.rfind(',');
  if (last == std::string::npos) return choices;
  std::string words;
  for (std::size_t i = 0; i < last; ++i)
    words += choices[i] == ',' ? std::string(", ") : std::string(1, choices[i]);
  return words + " or " + choices.substr(last + 1);
}

ValueName value_name(const CLI::Option* option) {
  const std::string whole = option->get_type_name();
  const std::size_t colon = whole.find(':');
  const std::string type = whole.substr(0, colon);
  ValueName value{.name = type == "INT" || type == "UINT" ? "N"
                          : type == "FLOAT"               ? "NUMBER"
                                                          : type,
                  .limits = {}};
  if (colon == std::string::npos) return value;
  const std::string limits = whole.substr(colon + 1);
  const std::size_t range = limits.find(" in [");
  if (limits.starts_with('{') && limits.ends_with('}')) {
    value.limits = in_words(limits.substr(1, limits.size() - 2));
  } else if (range != std::string::npos) {
    const std::string ends = limits.substr(range + 5, limits.size() - range - 6);
    const std::size_t dash = ends.find(" - ");
    value.limits = ends.substr(0, dash) + " to " + ends.substr(dash + 3);
  }
  return value;
}

}  // namespace

std::string HelpFormatter::make_description(const CLI::App* app) const {
  return wrapped(app->get_description(), kColumns) + "\n\n";
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  if (option->get_type_size() == 0) return {};
  // A positional is called by its name alone.
  std::string text = option->get_positional() ? std::string() : " " + value_name(option).name;
  if (option->get_expected_max() == CLI::detail::expected_max_vector_size) text += " ...";
  return text;
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  std::string description = option->get_description();
  std::vector<std::string> facts;
  const ValueName value = value_name(option);
  if (!value.limits.empty() && description.find(value.limits) == std::string::npos) {
    facts.push_back(value.limits);
  }
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

}  // namespace dali
