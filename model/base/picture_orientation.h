// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/base/rgb_image.h"

namespace dali {

// How a picture has to be turned to stand as it was taken: rows and columns are swapped first, then
// each row is reversed, then the rows' order. These are the eight ways to lay a rectangle down.
struct PictureOrientation {
  bool is_transposed = false;
  bool is_mirrored = false;     // left is right
  bool is_upside_down = false;  // top is bottom

  bool is_upright() const { return !is_transposed && !is_mirrored && !is_upside_down; }
};

// The picture, turned. One that is upright already is not copied.
RgbImage turned(RgbImage image, const PictureOrientation& orientation);

}  // namespace dali
