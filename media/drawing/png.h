// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "model/base/rgb_image.h"

namespace dali {

// The image as the bytes of a PNG file. Throws std::runtime_error when it has no pixels.
std::string png(const RgbImage& image);

// Bytes as the text that data URIs hold. RFC 4648.
std::string base64(std::string_view bytes);

}  // namespace dali
