// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string_view>

#include "model/base/picture_orientation.h"

namespace dali {

// What the Exif part of a JPEG file says, as a camera that was held on its side writes it. Nothing
// where none does.
std::optional<PictureOrientation> exif_orientation(std::string_view jpeg);

// The same of an Exif part itself, which PNG and WebP have as a chunk.
std::optional<PictureOrientation> tiff_orientation(std::string_view bytes);

}  // namespace dali
