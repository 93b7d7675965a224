// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pipelines/caption/description_options.h"
#include "pipelines/caption/medium.h"
#include "pipelines/caption/output_format.h"
#include "pipelines/caption/verbosity.h"

namespace dali {

struct CommandLine {
  std::vector<Medium> media;
  bool has_many_media = false;      // or may have: a folder or a list was named
  std::vector<std::string> faults;  // of folders that were to be walked, a line each
  bool writes_into_folder = false;  // that is there: what it lacks of folders below it is made
  bool keeps_records = false;       // each output has a records_beside() it
  int skipped = 0;                  // media that are not in `media`: they have their captions
  int jobs = 1;                     // media that are captioned at a time
  // Of the output_formats(); null: captions are printed as lines, as they come.
  const OutputFormat* format = nullptr;
  bool refuses_references = false;                // of media: what they name besides themselves
  ContainerForm form;                             // of a container's
  std::optional<DescriptionOptions> description;  // its voice "": one of `language`
  const OutputFormat* text_format = nullptr;      // of a medium's text_output
  bool burn_in = false;  // draw captions into the picture instead of adding a subtitle track
  bool quiet = false;
  Verbosity verbosity = Verbosity::kNone;
  bool timing = false;          // say on standard error where the time and the memory went
  std::string language = "en";  // ISO 639-1 or 639-2, of the subtitle track and of the text stream
  // Property of dalicaptioner -> value as text; only what the user set. The element knows the
  // ranges, so they are not repeated here.
  std::map<std::string, std::string> element_properties;
};

inline constexpr const char* kProgram = "dali-caption";

// Where lines of JSON on each window and event go of a medium whose captions go to `output`.
std::filesystem::path records_beside(const std::filesystem::path& output);

// A command line to act on, or the exit status when it asked for help or was wrong, which has been
// said.
std::variant<CommandLine, int> parse_caption_command_line(int argument_count, char** arguments);

}  // namespace dali
