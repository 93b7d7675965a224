// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "model/base/rgb_image.h"

namespace dali {

// H.264 and AAC in MP4, or VP8 and Opus in WebM.
enum class MediaFormat { kMp4, kWebm };

std::string_view file_extension(MediaFormat format);  // "mp4", "webm"

// Sound and picture of a whole file, held in memory.
struct MediaContents {
  std::vector<float> samples;    // mono, [-1, 1], kSampleRateHz
  std::vector<RgbImage> frames;  // all of one size; widths and heights are even
  int frames_per_second = 5;
};

// Sound and picture that are made while they are written. Each function is called from one thread
// at a time, but the two from different ones; what they throw comes out of write_media().
struct MediaMaking {
  std::int64_t sample_count = 0;                               // mono, [-1, 1], kSampleRateHz
  std::function<void(std::span<float> samples)> make_samples;  // the next ones, in order
  std::int64_t frame_count = 0;
  std::function<RgbImage(std::int64_t index)> make_frame;  // in order, as MediaContents has them
  int frames_per_second = 5;
};

// Encodes with settings for small files and speed. A FileReplacement, so that a file of that
// name is always complete. Throws std::runtime_error naming the file. Any thread. Of what is made
// meanwhile no more is in memory than the encoders and the muxer hold back.
void write_media(const std::filesystem::path& file, const MediaMaking& making, MediaFormat format);
void write_media(const std::filesystem::path& file, const MediaContents& contents,
                 MediaFormat format);

}  // namespace dali
