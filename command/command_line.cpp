// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/command_line.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <vector>

#include "model/base/nearest_name.h"

namespace dali {
namespace {

// The first "--name" that the program does not know, if any. Asked before the parser, which would
// complain of a missing option first.
std::optional<std::string> unknown_option(const CLI::App& app, int argc, char** argv) {
  for (int index = 1; index < argc; ++index) {
    const std::string_view word = argv[index];
    if (word == "--") break;
    if (!word.starts_with("--")) continue;
    const std::string name(word.substr(0, word.find('=')));
    if (app.get_option_no_throw(name) == nullptr) return name;
  }
  return std::nullopt;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

}  // namespace

std::optional<int> parse_command_line(CLI::App& app, const std::string& program, int argc,
                                      char** argv) {
  if (const auto name = unknown_option(app, argc, argv)) {
    fmt::print(stderr, "{}: {} is unknown; do you mean {}?\n", program, *name,
               nearest_name(*name, option_names(app)));
    return kUsedWrongly;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    fmt::print(stderr, "{}: {}\n", program, error.what());
    return kUsedWrongly;
  }
  return std::nullopt;
}

int run_command(const std::string& program, const std::function<void()>& body) {
  try {
    body();
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", program, error.what());
    return EXIT_FAILURE;
  }
}

}  // namespace dali
