// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

#include "model/base/rgb_image.h"

namespace dali {

// Frames of clips: binary PPM files (P6) with 255 as the highest value, which need no decoder.
// Both throw std::runtime_error naming the file.

// The longest side of a picture that is read, in pixels: a header can claim anything.
inline constexpr int kLongestSidePx = 16384;

// A FileReplacement, so that a file of that name is always complete.
void write_ppm(const std::filesystem::path& file, const RgbImage& image);

RgbImage read_ppm(const std::filesystem::path& file);

}  // namespace dali
