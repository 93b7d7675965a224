#include "pipelines/display_turn.h"

#include <cstdlib>

namespace dali {

std::string filters_that_turn(const std::vector<std::int32_t>& matrix) {
  if (matrix.size() != 9) return "";
  // A pixel at (x, y) is shown at (a x + c y, b x + d y).
  const std::int64_t a = matrix[0];
  const std::int64_t b = matrix[1];
  const std::int64_t c = matrix[3];
  const std::int64_t d = matrix[4];
  if (std::abs(a) + std::abs(d) >= std::abs(b) + std::abs(c)) {
    if (a < 0 && d < 0) return "hflip,vflip";
    if (a < 0) return "hflip";
    return d < 0 ? "vflip" : "";
  }
  // transpose alone shows (x, y) at (y, x); its values turn or mirror on top of that.
  if (b > 0 && c > 0) return "transpose=cclock_flip";
  if (b > 0) return "transpose=clock";
  return c > 0 ? "transpose=cclock" : "transpose=clock_flip";
}

}  // namespace dali
