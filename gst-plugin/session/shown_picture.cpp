// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/shown_picture.h"

#include <array>
#include <cstddef>

namespace dali {
namespace {

constexpr int kLevels = 256;
constexpr int kLeastRange = kLevels / 16;
constexpr std::size_t kLeftOut = 100;  // one of so many pixels, at each end

// The level that more than `count` pixels do not exceed.
int level_beyond(const std::array<std::size_t, kLevels>& pixels, std::size_t count) {
  std::size_t sum = 0;
  for (int level = 0; level < kLevels; ++level) {
    sum += pixels[static_cast<std::size_t>(level)];
    if (sum > count) return level;
  }
  return kLevels - 1;
}

}  // namespace

bool shows_something(const RgbImage& picture) {
  std::array<std::size_t, kLevels> pixels_of_level = {};
  for (int y = 0; y < picture.height_px; ++y) {
    const std::uint8_t* row = picture.row(y);
    for (int x = 0; x < picture.width_px; ++x) {
      // Rec. 709's brightness, in 256ths.
      const int luma = (54 * row[3 * x] + 183 * row[3 * x + 1] + 19 * row[3 * x + 2]) >> 8;
      ++pixels_of_level[static_cast<std::size_t>(luma)];
    }
  }
  const std::size_t pixels =
      static_cast<std::size_t>(picture.width_px) * static_cast<std::size_t>(picture.height_px);
  if (pixels == 0) return false;
  const std::size_t left_out = pixels / kLeftOut;
  return level_beyond(pixels_of_level, pixels - 1 - left_out) -
             level_beyond(pixels_of_level, left_out) >=
         kLeastRange;
}

}  // namespace dali
