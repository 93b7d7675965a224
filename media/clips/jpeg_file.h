// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string_view>

#include "model/base/rgb_image.h"

namespace dali {

// Whether a file that begins so is a JPEG file.
bool is_jpeg(std::string_view bytes);

// The whole file's picture, in colours, grey or four inks, progressive or not, turned as its Exif
// part says. Throws std::runtime_error with the reason when it is broken, cut short or too large.
RgbImage decode_jpeg(std::string_view bytes);

// `quality`: 1 to 100. A FileReplacement, so that a file of that name is always complete. Throws
// std::runtime_error naming the file.
void write_jpeg(const std::filesystem::path& file, const RgbImage& image, int quality);

}  // namespace dali
