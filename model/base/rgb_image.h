// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "model/base/window.h"

namespace dali {

// One picture with pixels of its own: 8-bit RGB, rows from the top without gaps.
struct RgbImage {
  RgbImage() = default;
  RgbImage(int width_px, int height_px)
      : width_px(width_px), height_px(height_px), pixels(row_bytes() * height_px) {}

  std::size_t row_bytes() const { return 3 * static_cast<std::size_t>(width_px); }
  std::uint8_t* row(int y) { return pixels.data() + y * row_bytes(); }
  const std::uint8_t* row(int y) const { return pixels.data() + y * row_bytes(); }

  // Borrowed until the image changes or goes.
  FrameView view() const {
    return {.pixels = pixels,
            .width_px = width_px,
            .height_px = height_px,
            .stride_bytes = static_cast<std::ptrdiff_t>(row_bytes())};
  }

  int width_px = 0;
  int height_px = 0;
  std::vector<std::uint8_t> pixels;  // [height_px, width_px, 3]
};

}  // namespace dali
