// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

#include "model/base/rgb_image.h"

namespace dali {

// A frame of a clip: PPM, JPEG, PNG or WebP, known by its contents and not by its name. As a viewer
// sees it: turned as its Exif part says, over black where it is transparent, the first picture of
// an animation. Throws std::runtime_error naming the file.
RgbImage read_picture(const std::filesystem::path& file);

}  // namespace dali
