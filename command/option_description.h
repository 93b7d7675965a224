// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace dali {

// What is given to an option: what its help calls it, and what it may be, as far as it is known.
struct OptionValue {
  std::string name;                  // "FILE", "N"; empty: nothing is given to it
  std::vector<std::string> choices;  // "train", "test"
  std::string range;                 // "1 to 64"
};

OptionValue value_of(const CLI::Option& option);

// A word of the form key=value that a program takes beside its options.
struct DescribedKey {
  std::string key;
  OptionValue value;
  std::string help;
};

// What the program takes, for the programs that make manual pages and completions of it: a line
// each, with tabs between
//   "program" or "command"           its name without the program's, what it does in one sentence
//   "option", "positional" or "key"  the command it is of (empty: the program itself), its names
//                                    with commas between (and "..." behind that of a positional
//                                    that may be many), what is given to it, the choices with
//                                    commas between, its help
// `program`: "dali-plot", or with a command, "dali-plot tokens". CLI11's subcommands of `app` are
// commands, too.
std::string describe_options(const CLI::App& app, const std::string& program,
                             const std::vector<DescribedKey>& keys);

}  // namespace dali
