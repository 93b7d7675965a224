// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/base/rgb_image.h"

namespace dali {

// What is seen of a picture with transparency where nothing lies behind it, as extraction shows
// that of videos. rgba: [height, width, 4], colours not yet multiplied.
inline RgbImage over_black(std::span<const std::uint8_t> rgba, int width_px, int height_px) {
  RgbImage image(width_px, height_px);
  for (std::size_t pixel = 0; pixel < rgba.size() / 4; ++pixel) {
    const int opacity = rgba[4 * pixel + 3];
    for (std::size_t colour = 0; colour < 3; ++colour) {
      image.pixels[3 * pixel + colour] =
          static_cast<std::uint8_t>((rgba[4 * pixel + colour] * opacity + 127) / 255);
    }
  }
  return image;
}

}  // namespace dali
