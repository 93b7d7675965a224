// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/base/rgb_image.h"

namespace dali {

// Whether there is anything to see in a picture: false for one that is black, of another single
// colour, or so nearly that nobody sees a difference, as at a fade's end. Without the darkest and
// the brightest hundredth of its pixels, a picture that shows something spans at least a 16th of
// the scale of brightness.
bool shows_something(const RgbImage& picture);

}  // namespace dali
