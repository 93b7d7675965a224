// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/command_line.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <sstream>
#include <string_view>

#include "command/help_format.h"
#include "command/narration.h"
#include "command/standard_streams.h"
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

void print_error(const std::string& program, const std::string& what) {
  fmt::print(stderr, "{}: {}\n", program, what);
}

int refuse_command_line(const std::string& program, const std::string& what) {
  print_error(program, what);
  return kUsedWrongly;
}

std::optional<int> parse_command_line(CLI::App& app, const std::string& program, int argc,
                                      char** argv, const std::vector<DescribedKey>& keys) {
  app.name(program);
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_version_flag("--version", program + " " DALI_VERSION);
  bool is_verbose = false;
  if (app.get_option_no_throw("--verbose") == nullptr) {
    app.add_flag("-v,--verbose", is_verbose,
                 "Say on standard error what is read, computed and written");
  }
  if (argc == 2 && std::string_view(argv[1]) == kDescribeOptions) {
    const std::string answer = describe_options(app, program, keys);
    return run_command(program, [&] { write_to_standard_output(answer); });
  }
  if (const auto name = unknown_option(app, argc, argv)) {
    return refuse_command_line(program, *name + " is unknown; do you mean " +
                                            nearest_name(*name, option_names(app)) + "?");
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // it asked for --help or --version
      std::ostringstream answer;
      app.exit(error, answer);
      return run_command(program, [&] { write_to_standard_output(answer.str()); });
    }
    return refuse_command_line(program, std::string(error.what()) + " (--help lists the options)");
  }
  if (is_verbose) begin_narration(program);
  return std::nullopt;
}

int run_command(const std::string& program, const std::function<void()>& body) {
  try {
    body();
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    print_error(program, error.what());
    return EXIT_FAILURE;
  }
}

}  // namespace dali
