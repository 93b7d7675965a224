// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace dali {

// How --help looks in all programs: 80 columns, the word for a value without the name of its type,
// and after what an option does its choices or range and its default, once.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter();

  std::string make_description(const CLI::App* app) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
  std::string make_footer(const CLI::App* app) const override;
};

// A line of --help, or several, that says what `name` is as the lines of options do.
std::string help_entry(const std::string& name, const std::string& what);

}  // namespace dali
