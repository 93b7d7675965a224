// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/option_description.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>

#include "command/comma_list.h"
#include "model/base/one_line.h"

namespace dali {
namespace {

// "dali-caption describes what there is. It prints it." -> "describes what there is"
std::string first_sentence(const std::string& description, const std::string& program) {
  std::string text = on_one_line(description);
  if (text.starts_with(program + " ")) text.erase(0, program.size() + 1);
  const std::size_t end = text.find(". ");
  if (end != std::string::npos) text.erase(end);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string names_of(const CLI::Option& option) {
  if (option.get_positional()) {
    const bool may_be_many = option.get_expected_max() == CLI::detail::expected_max_vector_size;
    return option.get_single_name() + (may_be_many ? "..." : "");
  }
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return fmt::format("{}", fmt::join(names, ","));
}

std::string line_of(const char* kind, const std::string& command, const std::string& names,
                    const OptionValue& value, const std::string& help) {
  return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", kind, command, names, value.name,
                     fmt::join(value.choices, ","), on_one_line(help));
}

void describe(const CLI::App& app, const std::string& program, const std::string& command,
              const std::vector<DescribedKey>& keys, std::string& text) {
  text += fmt::format("{}\t{}\t{}\n", command.empty() ? "program" : "command", command,
                      first_sentence(app.get_description(), program));
  for (const CLI::Option* option : app.get_options()) {
    const bool is_hidden = option->get_group().empty();
    const bool stands_for_keys = option->get_positional() && !keys.empty();
    if (is_hidden || stands_for_keys) continue;
    text += line_of(option->get_positional() ? "positional" : "option", command, names_of(*option),
                    value_of(*option), option->get_description());
  }
  for (const DescribedKey& key : keys)
    text += line_of("key", command, key.key, key.value, key.help);
  for (const CLI::App* inner : app.get_subcommands([](const CLI::App*) { return true; })) {
    const std::string path =
        command.empty() ? inner->get_name() : command + " " + inner->get_name();
    describe(*inner, program, path, {}, text);
  }
}

}  // namespace

OptionValue value_of(const CLI::Option& option) {
  if (option.get_type_size() == 0) return {};
  // "N", and what it may be after a colon: "INT in [1 - 64]" or "{train,test}".
  const std::string whole = option.get_type_name();
  const std::size_t colon = whole.find(':');
  const std::string type = whole.substr(0, colon);
  OptionValue value{.name = type == "INT" || type == "UINT" ? "N"
                            : type == "FLOAT"               ? "NUMBER"
                                                            : type,
                    .choices = {},
                    .range = {}};
  if (colon == std::string::npos) return value;
  const std::string limits = whole.substr(colon + 1);
  const std::size_t range = limits.find(" in [");
  if (limits.starts_with('{') && limits.ends_with('}')) {
    value.choices = parts_of(limits.substr(1, limits.size() - 2));
  } else if (range != std::string::npos) {
    const std::string ends = limits.substr(range + 5, limits.size() - range - 6);
    const std::size_t dash = ends.find(" - ");
    value.range = ends.substr(0, dash) + " to " + ends.substr(dash + 3);
  }
  return value;
}

std::string describe_options(const CLI::App& app, const std::string& program,
                             const std::vector<DescribedKey>& keys) {
  const std::size_t space = program.find(' ');
  std::string text;
  describe(app, program, space == std::string::npos ? "" : program.substr(space + 1), keys, text);
  return text;
}

}  // namespace dali
