// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/display_turn.h"

#include "model/base/picture_orientation.h"

namespace dali {
namespace {

// The same turn as FFmpeg's filters and as GStreamer's GstVideoOrientationMethod name it.
struct Turn {
  const char* filters;
  const char* direction;
};

Turn turn_of(const std::vector<std::int32_t>& matrix) {
  // How large one is in the matrix does not matter, as it is the same for all four.
  const auto number = [&](std::size_t place) { return static_cast<double>(matrix[place]); };
  const PictureOrientation way =
      orientation_of(DisplayMatrix{.a = number(0), .b = number(1), .c = number(3), .d = number(4)});
  if (!way.is_transposed) {
    if (way.is_mirrored && way.is_upside_down) return {"hflip,vflip", "180"};
    if (way.is_mirrored) return {"hflip", "horiz"};
    return way.is_upside_down ? Turn{"vflip", "vert"} : Turn{"", "identity"};
  }
  // transpose alone shows (x, y) at (y, x); its values turn or mirror on top of that.
  if (way.is_mirrored && way.is_upside_down) return {"transpose=clock_flip", "ur-ll"};
  if (way.is_mirrored) return {"transpose=clock", "90r"};
  return way.is_upside_down ? Turn{"transpose=cclock", "90l"}
                            : Turn{"transpose=cclock_flip", "ul-lr"};
}

}  // namespace

std::string filters_that_turn(const std::vector<std::int32_t>& matrix) {
  return matrix.size() == 9 ? turn_of(matrix).filters : "";
}

std::string video_direction_of(const std::vector<std::int32_t>& matrix) {
  return matrix.size() == 9 ? turn_of(matrix).direction : "";
}

}  // namespace dali
