// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pipelines/caption/medium.h"
#include "pipelines/caption/verbosity.h"

namespace dali {

// What becomes of the captions.
enum class OutputFormat { kLines, kWebVtt, kSrt, kJson, kMatroska, kMp4 };

// True for the formats that hold sound and picture beside the captions.
bool is_container(OutputFormat format);

struct CommandLine {
  std::vector<Medium> media;
  OutputFormat format = OutputFormat::kLines;
  bool burn_in = false;  // draw captions into the picture instead of adding a subtitle track
  bool quiet = false;
  Verbosity verbosity = Verbosity::kNone;
  bool timing = false;          // say on standard error where the time and the memory went
  std::string language = "en";  // ISO 639-1 or 639-2, of the subtitle track and of the text stream
  // Property of dalicaptioner -> value as text; only what the user set. The element knows the
  // ranges, so they are not repeated here.
  std::map<std::string, std::string> element_properties;
};

// A command line to act on, or none when it asked for help or was wrong. Then `exit_status` is 0 or
// 2; `answer` is for standard output, and what is wrong has been said on standard error.
struct ParsedCommandLine {
  std::optional<CommandLine> command_line;
  int exit_status = 0;
  std::string answer = {};
};

ParsedCommandLine parse_command_line(int argument_count, char** arguments);

}  // namespace dali
