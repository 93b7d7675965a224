// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>

namespace dali {

inline constexpr int kUsedWrongly = 2;  // exit status

// Reads the command line into the options that `app` binds. Nothing: go on. Otherwise the exit
// status: 0 after --help, 2 after one line on standard error, which suggests the nearest name for
// an unknown option.
std::optional<int> parse_command_line(CLI::App& app, const std::string& program, int argc,
                                      char** argv);

// Runs the command. The exit status: 0, or 1 after the error in one line on standard error.
int run_command(const std::string& program, const std::function<void()>& body);

}  // namespace dali
