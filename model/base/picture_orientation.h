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

// What of a matrix turns and mirrors: a pixel at (x, y) is shown at (a x + c y, b x + d y).
struct DisplayMatrix {
  double a = 1.0;
  double b = 0.0;
  double c = 0.0;
  double d = 1.0;
};

// Of a picture that a matrix lays down, whatever else that does to size and place. A slanted one
// goes to the nearest of the four sides.
PictureOrientation orientation_of(const DisplayMatrix& matrix);

// The picture, turned. One that is upright already is not copied.
RgbImage turned(RgbImage image, const PictureOrientation& orientation);

}  // namespace dali
