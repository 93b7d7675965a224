// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/one_line.h"

namespace dali {

std::string on_one_line(std::string_view text) {
  std::string line;
  bool is_space_due = false;
  for (const char character : text) {
    const bool is_blank = static_cast<unsigned char>(character) <= ' ' || character == '\x7f';
    if (is_blank) {
      is_space_due = !line.empty();
      continue;
    }
    if (is_space_due) line += ' ';
    is_space_due = false;
    line += character;
  }
  return line;
}

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace dali
