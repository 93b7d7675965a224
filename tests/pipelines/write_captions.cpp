// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes captions that are told it as a file of any text format, without a medium or a model: what
// the tests of formats give to programs that are not ours.
//
//     write-captions FORMAT [LANGUAGE] < LINES > FILE
//
// LINES are START TAB END TAB TEXT, in seconds. What the format cannot hold is said on standard
// error, a line each.

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "pipelines/caption/output_format.h"

int main(int argument_count, char** arguments) {
  const auto* format = argument_count > 1 ? dali::output_format_named(arguments[1]) : nullptr;
  if (format == nullptr || format->is_container()) return 2;
  std::vector<dali::TimedCaption> captions;
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    captions.push_back({.start_s = std::stod(line.substr(0, first)),
                        .end_s = std::stod(line.substr(first + 1, second - first - 1)),
                        .text = line.substr(second + 1),
                        .confidence = 0.5,
                        .modality = "audio"});
  }
  const auto to_text = std::get<dali::OutputFormat::TextWriter>(format->writer);
  const auto [text, losses] =
      to_text(captions, {.name = "captions", .language = argument_count > 2 ? arguments[2] : "en"});
  std::fwrite(text.data(), 1, text.size(), stdout);
  for (const std::string& loss : losses) std::fprintf(stderr, "%s\n", loss.c_str());
  return 0;
}
