// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "command/option_description.h"

namespace dali {

inline constexpr int kUsedWrongly = 2;  // exit status

// Reads the command line into the options that `app` binds. --version is added to them, and
// --verbose, which makes narrate() speak, unless `app` has one of its own. Nothing: go on.
// Otherwise the exit status: 0 after --help and --version, 1 when their answer could not be
// written, 2 after one line on standard error, which suggests the nearest name for an unknown
// option. `keys` are what describe_options() says beside the options.
std::optional<int> parse_command_line(CLI::App& app, const std::string& program, int argc,
                                      char** argv, const std::vector<DescribedKey>& keys = {});

// The only word of a command line that asks for describe_options(). Not for people, so that --help
// does not list it.
inline constexpr const char* kDescribeOptions = "--describe-options";

// One line on standard error: "dali-align: 'seeds' is unknown".
void print_error(const std::string& program, const std::string& what);

// The same for a command line that asks for what cannot be. The exit status.
int refuse_command_line(const std::string& program, const std::string& what);

// Runs the command. The exit status: 0, or 1 after the error in one line on standard error.
int run_command(const std::string& program, const std::function<void()>& body);

}  // namespace dali
