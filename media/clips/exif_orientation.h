// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string_view>

#include "model/base/picture_orientation.h"

namespace dali {

// What the Exif part of a JPEG file says, as a camera that was held on its side writes it. Nothing
// where none does.
std::optional<PictureOrientation> exif_orientation(std::string_view jpeg);

}  // namespace dali
