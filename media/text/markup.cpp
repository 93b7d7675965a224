// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/text/markup.h"

namespace dali {

std::string escaped_markup(std::string_view text) {
  std::string safe;
  for (const char character : text) {
    switch (character) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      default:
        safe += character;
    }
  }
  return safe;
}

}  // namespace dali
