// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

#include "model/base/rgb_image.h"

namespace dali {

// Whether a file that begins so is a PNG file.
bool is_png(std::string_view bytes);

// The whole file's picture of any kind and depth, over black where it is transparent, turned as its
// Exif part says. Throws std::runtime_error with the reason when it is broken, cut short or too
// large.
RgbImage decode_png(std::string_view bytes);

}  // namespace dali
