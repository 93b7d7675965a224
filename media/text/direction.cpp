// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/text/direction.h"

#include <unicode/uchar.h>

#include "media/text/utf8.h"

namespace dali {

bool is_right_to_left(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    switch (u_charDirection(static_cast<UChar32>(next_code_point(text, at)))) {
      case U_LEFT_TO_RIGHT:
        return false;
      case U_RIGHT_TO_LEFT:
      case U_RIGHT_TO_LEFT_ARABIC:
        return true;
      default:
        break;
    }
  }
  return false;
}

}  // namespace dali
