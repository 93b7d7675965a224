// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pipelines/caption/container.h"
#include "pipelines/caption/cues.h"
#include "pipelines/caption/timed_caption.h"

namespace dali {

// A kind of file that finished captions are written into.
struct OutputFormat {
  using TextWriter = WrittenText (*)(const std::vector<TimedCaption>& captions,
                                     const AboutMedium& medium);

  const char* name;  // of --format, and what a file's name ends in
  // The captions alone, or beside all that the medium holds.
  std::variant<TextWriter, Container> writer;

  bool is_container() const { return std::holds_alternative<Container>(writer); }
};

// All there are: a row each. The first is what files in a folder get.
std::span<const OutputFormat> output_formats();

// The name may have capitals. Null: there is no such format.
const OutputFormat* output_format_named(std::string_view name);

// "vtt, srt or json": the names of some formats, with `mark` before each.
enum class FormatChoice { kAll, kText, kContainers };
std::string format_names(FormatChoice choice, std::string_view mark = "");

}  // namespace dali
