// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>

#include "pipelines/caption/command_line.h"

namespace dali {

// The options of spoken descriptions as they were typed.
struct TypedDescription {
  std::string output;  // empty: nothing is to be described
  std::string voice;
  std::string voice_command;
  std::optional<double> pause_below_lu;
  bool is_speech_alone = false;
};

void add_description_options(CLI::App& app, TypedDescription& typed);

// Fills what `line` has of descriptions, once its media, their output and its format are known.
// `text_output` and `text_format` are what --output and --format say beside --describe. Throws
// UsageError for what does not go together.
void settle_description(const TypedDescription& typed, const std::string& text_output,
                        const std::string& text_format, CommandLine& line);

}  // namespace dali
