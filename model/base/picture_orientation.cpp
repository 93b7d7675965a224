// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/picture_orientation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace dali {

PictureOrientation orientation_of(const DisplayMatrix& matrix) {
  const auto& [a, b, c, d] = matrix;
  if (std::abs(b) + std::abs(c) > std::abs(a) + std::abs(d)) {
    return {.is_transposed = true, .is_mirrored = c < 0.0, .is_upside_down = b < 0.0};
  }
  return {.is_transposed = false, .is_mirrored = a < 0.0, .is_upside_down = d < 0.0};
}

RgbImage turned(RgbImage image, const PictureOrientation& orientation) {
  if (orientation.is_upright()) return image;
  const bool is_transposed = orientation.is_transposed;
  RgbImage turned(is_transposed ? image.height_px : image.width_px,
                  is_transposed ? image.width_px : image.height_px);
  // From one pixel of the result's row to the next, in the image.
  const auto along = static_cast<std::ptrdiff_t>(is_transposed ? image.row_bytes() : 3);
  const auto across = static_cast<std::ptrdiff_t>(is_transposed ? 3 : image.row_bytes());
  for (int y = 0; y < turned.height_px; ++y) {
    const int line = orientation.is_upside_down ? turned.height_px - 1 - y : y;
    const int first = orientation.is_mirrored ? turned.width_px - 1 : 0;
    const std::uint8_t* from = image.pixels.data() + line * across + first * along;
    const std::ptrdiff_t step = orientation.is_mirrored ? -along : along;
    std::uint8_t* to = turned.row(y);
    for (int x = 0; x < turned.width_px; ++x, from += step) to = std::copy_n(from, 3, to);
  }
  return turned;
}

}  // namespace dali
