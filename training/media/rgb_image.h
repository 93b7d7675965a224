#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/base/window.h"

namespace dali {

// A picture that owns its pixels: 8-bit RGB, rows from the top, no padding between rows.
struct RgbImage {
  int width_px = 0;
  int height_px = 0;
  std::vector<std::uint8_t> pixels;  // [height, width, 3]

  // Borrows the pixels.
  FrameView view() const {
    return {.pixels = pixels,
            .width_px = width_px,
            .height_px = height_px,
            .stride_bytes = static_cast<std::ptrdiff_t>(width_px) * 3};
  }
};

}  // namespace dali
