// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes a medium with captions that are told it as a spoken description, without a model: what the
// tests of descriptions try with one file after another.
//
//     write-described MEDIUM OUTPUT VOICE_COMMAND [speech-alone] [audio-track=N] < LINES
//
// LINES are START TAB END TAB TEXT, in seconds. Says on standard output what is spoken, in the same
// form, and on standard error what was described and what was not.

#include <gst/gst.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines/caption/captioned_file.h"

int main(int argument_count, char** arguments) {
  if (argument_count < 4) return 2;
  gst_init(nullptr, nullptr);
  av_log_set_level(AV_LOG_QUIET);
  const std::string output = arguments[2];
  dali::Medium medium;
  medium.name = arguments[1];
  medium.output = output;
  dali::DescriptionOptions options;
  options.voice.command = arguments[3];
  constexpr std::string_view kTrack = "audio-track=";
  for (int i = 4; i < argument_count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "speech-alone") options.mix.is_speech_alone = true;
    if (argument.starts_with(kTrack)) medium.audio_track = argument.substr(kTrack.size());
  }
  std::vector<dali::TimedCaption> captions;
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    captions.push_back({.start_s = std::stod(line.substr(0, first)),
                        .end_s = std::stod(line.substr(first + 1, second - first - 1)),
                        .text = line.substr(second + 1),
                        .modality = "image"});
  }
  const auto container =
      output.ends_with(".mkv") ? dali::Container::kMatroska : dali::Container::kMp4;
  dali::Progress progress(dali::Progress::Loudness::kQuiet);
  try {
    dali::SpokenDescription description(medium, options, container, progress);
    description.plan(captions);
    dali::write_captioned_file(medium, captions,
                               {.container = container,
                                .place = dali::CaptionPlace::kSoundTrack,
                                .description = &description,
                                .output = output},
                               progress, [](const std::string& warning) {
                                 std::fprintf(stderr, "%s\n", warning.c_str());
                               });
    for (const dali::TimedCaption& spoken : description.captions()) {
      std::printf("%.6f\t%.6f\t%s\n", spoken.start_s, spoken.end_s, spoken.text.c_str());
    }
    std::fprintf(stderr, "%s\n", description.report().c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
