// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

#include "model/base/rgb_image.h"

namespace dali {

// A frame of a clip: PPM, as dali-extract writes it, or JPEG, as other data sets have it, turned as
// its Exif part says. Throws std::runtime_error naming the file.
RgbImage read_picture(const std::filesystem::path& file);

}  // namespace dali
