// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/display_turn.h"

#include <cstdlib>

namespace dali {
namespace {

// The same turn as FFmpeg's filters and as GStreamer's GstVideoOrientationMethod name it.
struct Turn {
  const char* filters;
  const char* direction;
};

Turn turn_of(const std::vector<std::int32_t>& matrix) {
  // A pixel at (x, y) is shown at (a x + c y, b x + d y).
  const std::int64_t a = matrix[0];
  const std::int64_t b = matrix[1];
  const std::int64_t c = matrix[3];
  const std::int64_t d = matrix[4];
  if (std::abs(a) + std::abs(d) >= std::abs(b) + std::abs(c)) {
    if (a < 0 && d < 0) return {"hflip,vflip", "180"};
    if (a < 0) return {"hflip", "horiz"};
    return d < 0 ? Turn{"vflip", "vert"} : Turn{"", "identity"};
  }
  // transpose alone shows (x, y) at (y, x); its values turn or mirror on top of that.
  if (b > 0 && c > 0) return {"transpose=cclock_flip", "ul-lr"};
  if (b > 0) return {"transpose=clock", "90r"};
  return c > 0 ? Turn{"transpose=cclock", "90l"} : Turn{"transpose=clock_flip", "ur-ll"};
}

}  // namespace

std::string filters_that_turn(const std::vector<std::int32_t>& matrix) {
  return matrix.size() == 9 ? turn_of(matrix).filters : "";
}

std::string video_direction_of(const std::vector<std::int32_t>& matrix) {
  return matrix.size() == 9 ? turn_of(matrix).direction : "";
}

}  // namespace dali
