// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes a medium with two captions into a container, without a model: what the tests of containers
// try with one file after another.
//
//     write-captioned MEDIUM OUTPUT [burn-in|ttml|fragments]

#include <gst/gst.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "pipelines/caption/captioned_file.h"

int main(int argument_count, char** arguments) {
  if (argument_count < 3) return 2;
  gst_init(nullptr, nullptr);
  av_log_set_level(AV_LOG_QUIET);
  const std::string output = arguments[2];
  dali::Medium medium;
  medium.name = arguments[1];
  medium.output = output;
  std::vector<dali::TimedCaption> captions(2);
  captions[0].start_s = 0.25;
  captions[0].end_s = 0.75;
  captions[0].text = "A dog <barks> & {runs} \\N off.";
  captions[1].start_s = 1.0;
  captions[1].end_s = 1.5;
  captions[1].text = "A siren wails.";
  const std::string how = argument_count > 3 ? arguments[3] : "";
  const dali::CaptionedFileRequest request{
      .container = output.ends_with(".mkv") ? dali::Container::kMatroska : dali::Container::kMp4,
      .form = {.is_fragmented = how == "fragments",
               .has_ttml = how == "ttml" || how == "fragments"},
      .place = how == "burn-in" ? dali::CaptionPlace::kPicture : dali::CaptionPlace::kSubtitleTrack,
      .output = output};
  dali::Progress progress(dali::Progress::Loudness::kQuiet);
  try {
    dali::write_captioned_file(medium, captions, request, progress, [](const std::string& warning) {
      std::fprintf(stderr, "%s\n", warning.c_str());
    });
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
