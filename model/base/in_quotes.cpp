// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/in_quotes.h"

#include <cstddef>

namespace dali {

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kLongestBytes = 100;
  constexpr char kDigits[] = "0123456789abcdef";
  std::string result = "'";
  for (const char character : text.substr(0, kLongestBytes)) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte >= 0x20 && byte < 0x7f) {
      result += character;
    } else {
      result += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return result + (text.size() > kLongestBytes ? "...'" : "'");
}

}  // namespace dali
