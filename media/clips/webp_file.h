// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

#include "model/base/rgb_image.h"

namespace dali {

// Whether a file that begins so is a WebP file.
bool is_webp(std::string_view bytes);

// The whole file's picture, the first one of an animation, over black where it is transparent,
// turned as its Exif part says. Throws std::runtime_error with the reason when it is broken, cut
// short or too large.
RgbImage decode_webp(std::string_view bytes);

}  // namespace dali
