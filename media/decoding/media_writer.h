// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
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

// Encodes with settings for small files and speed. A FileReplacement, so that a file of that
// name is always complete. Throws std::runtime_error naming the file. Any thread.
void write_media(const std::filesystem::path& file, const MediaContents& contents,
                 MediaFormat format);

}  // namespace dali
