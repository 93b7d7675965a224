// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/burnt_captions.h"

#include <cmath>
#include <cstdio>

#include "model/base/file_replacement.h"
#include "pipelines/caption/caption_track.h"
#include "pipelines/caption/errors.h"

namespace dali {
namespace {

// "1:02:03.45"
std::string script_time(std::int64_t time_ms) {
  char text[48];
  const std::int64_t hundredths = time_ms / 10;
  std::snprintf(text, sizeof text, "%lld:%02d:%02d.%02d",
                static_cast<long long>(hundredths / 360'000),
                static_cast<int>(hundredths / 6000 % 60), static_cast<int>(hundredths / 100 % 60),
                static_cast<int>(hundredths % 100));
  return text;
}

// Braces and backslashes are orders to libass; behind a backslash an invisible joiner makes it a
// character.
std::string script_text(const std::string& text) {
  std::string escaped;
  for (const char character : text) {
    if (character == '{' || character == '}') {
      escaped += '\\';
    }
    escaped += character;
    if (character == '\\') escaped += "\xE2\x81\xA0";
  }
  return escaped;
}

// White is as bright as the brightest spark of an HDR picture. Text has the brightness that
// graphics have there: 203 cd/m2, ITU-R BT.2408.
const char* text_colour(const AVStream* stream) {
  switch (stream->codecpar->color_trc) {
    case AVCOL_TRC_SMPTE2084:
      return "&H00949494";
    case AVCOL_TRC_ARIB_STD_B67:
      return "&H00BFBFBF";
    default:
      return "&H00FFFFFF";
  }
}

std::string script_of(const std::vector<TimedCaption>& captions, const AVStream* stream) {
  std::string script =
      "[Script Info]\nScriptType: v4.00+\nPlayResY: 288\nWrapStyle: 0\n"
      "ScaledBorderAndShadow: yes\n\n[V4+ Styles]\n"
      "Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, BorderStyle, "
      "Outline, Shadow, Alignment, MarginL, MarginR, MarginV\n"
      "Style: Default,Sans,18," +
      std::string(text_colour(stream)) +
      ",&H60000000,&H60000000,3,2,0,2,12,12,14\n\n[Events]\n"
      "Format: Layer, Start, End, Style, Text\n";
  for (const Cue& cue : cues_of(captions, Container::kMatroska)) {
    script += "Dialogue: 0," + script_time(cue.start_ms) + "," + script_time(cue.end_ms) +
              ",Default," + script_text(cue.text) + "\n";
  }
  return script;
}

}  // namespace

BurntCaptions::BurntCaptions(const std::vector<TimedCaption>& captions, const AVStream* stream) try
    : script_("captions cannot be drawn") {
  if (avfilter_get_by_name("ass") == nullptr) {
    throw SetupError("captions cannot be drawn: FFmpeg's libavfilter was built without libass");
  }
  script_.write(script_of(captions, stream));
  filter_ = "ass=filename=" + script_.path().string();
} catch (const FileError& error) {
  throw SetupError(error.what());
}

}  // namespace dali
