#pragma once

#include <filesystem>
#include <vector>

#include "model/base/rgb_image.h"

namespace dali {

enum class ChannelChoice {
  kFirst,    // as the method trains
  kDownMix,  // the mean of all channels
};

struct MediaRequest {
  double start_s = 0.0;
  double duration_s = 0.0;  // 0: to the end
  int frames = 10;          // in the middles of as many equal parts of the stretch; 0: none
  ChannelChoice channels = ChannelChoice::kFirst;
};

// A stretch of a media file, decoded.
struct MediaStretch {
  double duration_s = 0.0;       // as asked for, or what the file had from there on
  std::vector<float> samples;    // mono, kSampleRateHz; empty: the file has no sound
  std::vector<RgbImage> frames;  // as many as asked for, whole pictures; empty: it has no video
};

// A stretch longer than this is refused: it would be held in memory as a whole.
inline constexpr double kLongestStretchSeconds = 900.0;

// Reads anything that GStreamer can decode. Throws std::runtime_error in one line naming the file:
// it cannot be opened or decoded, has neither sound nor video, ends before `start_s`, or the
// stretch is too long. Any thread.
MediaStretch read_media(const std::filesystem::path& file, const MediaRequest& request);

// How long the file plays, in seconds. Throws as read_media() does.
double media_duration(const std::filesystem::path& file);

}  // namespace dali
