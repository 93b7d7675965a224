// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/text/markup.h"

#include <string>

#include "media/text/utf8.h"

namespace dali {
namespace {

bool is_of_xml(char32_t code_point) {
  if (code_point < U' ') return code_point == U'\t' || code_point == U'\n' || code_point == U'\r';
  return code_point != 0xFFFE && code_point != 0xFFFF;
}

}  // namespace

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

std::string only_xml(std::string_view text) {
  std::u32string code_points = from_utf8(only_utf8(text));
  std::erase_if(code_points, [](char32_t code_point) { return !is_of_xml(code_point); });
  return to_utf8(code_points);
}

}  // namespace dali
