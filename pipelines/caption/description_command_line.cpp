// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/description_command_line.h"

#include <CLI/CLI.hpp>
#include <filesystem>

#include "pipelines/caption/errors.h"
#include "pipelines/caption/output_names.h"

namespace dali {
namespace {

// Pauses are short, and a picture's caption is to be spoken while it shows.
constexpr const char* kWindowMs = "5000";
// What is not asked for brevity describes in paragraphs.
constexpr const char* kQuestion = "Describe the picture in one short sentence.";

const OutputFormat& text_format_of(const std::string& output, const std::string& name) {
  const std::string ending = std::filesystem::path(output).extension().string();
  const OutputFormat* format =
      output_format_named(!name.empty() || ending.empty() ? name : ending.substr(1));
  if (format == nullptr || format->is_container()) {
    throw UsageError("beside --describe, --output is the text of what is spoken: " +
                     format_names(FormatChoice::kText, ".") + ", not " + output);
  }
  return *format;
}

void set_unless_said(CommandLine& line, const char* property, const char* value) {
  line.element_properties.try_emplace(property, value);
}

}  // namespace

void add_description_options(CLI::App& app, TypedDescription& typed) {
  constexpr const char* kGroup = "Spoken description";
  CLI::Option* describe =
      app.add_option("--describe", typed.output,
                     "Speak what the picture shows in the pauses of the sound: an\n"
                     "mkv or mp4 to write, which gets all that MEDIA holds and a\n"
                     "sound track of both, flagged for the visually impaired; a\n"
                     "text of what is spoken (vtt); or an existing folder. With it,\n"
                     "--output is the text beside an mkv or mp4")
          ->type_name("FILE")
          ->group(kGroup);
  app.add_option("--voice", typed.voice,
                 "Who speaks, as espeak-ng -v has it: en, de, en-us+f3 (default:\n"
                 "one of --language)")
      ->type_name("NAME")
      ->group(kGroup)
      ->needs(describe);
  app.add_option("--voice-command", typed.voice_command,
                 "What speaks instead of espeak-ng: a line for the shell, with\n"
                 "a sentence as its standard input, a file of sound as its\n"
                 "standard output, and DALI_VOICE and DALI_WORDS_A_MINUTE, 160\n"
                 "to 210, in its environment")
      ->type_name("COMMAND")
      ->group(kGroup)
      ->needs(describe);
  app.add_option("--pause-below", typed.pause_below_lu,
                 "How much quieter than the programme its pauses are, 3 to 60 LU\n"
                 "(default: 15)")
      ->type_name("LU")
      ->check(CLI::Range(3.0, 60.0).description(""))
      ->group(kGroup)
      ->needs(describe);
  app.add_flag("--speech-alone", typed.is_speech_alone,
               "The track has the speech without the programme, for players\n"
               "that mix")
      ->group(kGroup)
      ->needs(describe);
}

void settle_description(const TypedDescription& typed, const std::string& text_output,
                        const std::string& text_format, CommandLine& line) {
  if (typed.output.empty()) return;
  if (line.burn_in) throw UsageError("--burn-in does not go with --describe");
  const auto modality = line.element_properties.find("modality");
  if (modality != line.element_properties.end() && modality->second != "image") {
    throw UsageError("--describe speaks of the picture: --modality " + modality->second +
                     " does not go with it");
  }
  line.element_properties["modality"] = "image";
  set_unless_said(line, "window", kWindowMs);
  set_unless_said(line, "prompt", kQuestion);

  DescriptionOptions& options = line.description.emplace();
  options.voice.voice = typed.voice;
  if (!typed.voice_command.empty()) options.voice.command = typed.voice_command;
  if (typed.pause_below_lu) options.pauses.below_programme_lu = *typed.pause_below_lu;
  options.mix.is_speech_alone = typed.is_speech_alone;

  if (text_output.empty()) return;
  if (line.has_many_media || !line.format->is_container() || is_standard_output(text_output) ||
      std::filesystem::is_directory(text_output)) {
    throw UsageError("--output beside --describe wants one of MEDIA, and two files to write");
  }
  line.text_format = &text_format_of(text_output, text_format);
  for (Medium& medium : line.media) medium.text_output = text_output;
  check_that_no_medium_is_overwritten(line.media);
}

}  // namespace dali
