#pragma once

#include <optional>
#include <string_view>

#include "model/base/rgb_image.h"

namespace dali {

// How a picture has to be turned to stand as it was taken: its rows become columns first, then left
// becomes right, then top becomes bottom. These are the eight ways to lay a rectangle down.
struct PictureTurn {
  bool is_transposed = false;
  bool is_mirrored = false;
  bool is_upside_down = false;
};

RgbImage turned(RgbImage image, const PictureTurn& turn);

// What the Exif part of a JPEG file says, as a camera that was held on its side writes it. Nothing
// where none does.
std::optional<PictureTurn> exif_turn(std::string_view jpeg);

}  // namespace dali
