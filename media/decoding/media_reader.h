// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/base/rgb_image.h"

namespace dali {

enum class ChannelChoice {
  // As the method trains: the front left one of several. Where it is silent, the loudest.
  kFirst,
  // The mean of all; where they cancel each other, the loudest.
  kDownMix,
};

struct MediaRequest {
  double start_s = 0.0;     // from the first moment that is presented, as players count
  double duration_s = 0.0;  // 0: to the end
  int frames = 10;          // in the middles of as many equal parts of the stretch; 0: none
  ChannelChoice channels = ChannelChoice::kFirst;
};

// A stretch of a media file, decoded.
struct MediaStretch {
  double duration_s = 0.0;           // as asked for, or what the file had from there on
  std::vector<float> samples;        // mono, kSampleRateHz; empty: the file has no sound
  std::vector<RgbImage> frames;      // as many as asked for, whole pictures; empty: it has no video
  std::vector<std::string> remarks;  // what a listener or viewer would miss, and why
};

// A stretch longer than this is refused: it would be held in memory as a whole.
inline constexpr double kLongestStretchSeconds = 900.0;

// Reads anything that GStreamer can decode: the sound and the picture that a player would choose,
// the picture as a viewer sees it (picture_viewer.h). Throws std::runtime_error in one line naming
// the file: it cannot be opened or decoded, has neither sound nor video, ends before `start_s`, or
// the stretch is too long. Any thread.
MediaStretch read_media(const std::filesystem::path& file, const MediaRequest& request);

// How long the file plays, in seconds. Throws as read_media() does.
double media_duration(const std::filesystem::path& file);

}  // namespace dali
