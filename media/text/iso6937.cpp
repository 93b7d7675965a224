// SPDX-License-Identifier: LGPL-2.1-or-later
// The Latin table of EBU Tech 3264 (appendix 2), after ISO 6937.
#include "media/text/iso6937.h"

#include <string_view>

#include "media/text/composition.h"
#include "media/text/utf8.h"

namespace dali {
namespace {

// Holds the place of a code that is none, or an accent's.
constexpr char32_t kNone = U'\uFFFF';

// From 0xA0 on.
constexpr std::u32string_view kUpper =
    U"\uFFFF¡¢£$¥\uFFFF§¤‘“«←↑→↓"
    U"°±²³×µ¶·÷’”»¼½¾¿"
    U"\uFFFF\uFFFF\uFFFF\uFFFF\uFFFF\uFFFF\uFFFF\uFFFF\uFFFF\uFFFF\uFFFF\uFFFF\uFFFF\uFFFF\uFFFF"
    U"\uFFFF"
    U"―¹®©™♪\uFFFF\uFFFF\uFFFF\uFFFF\uFFFF\uFFFF⅛⅜⅝⅞"
    U"ΩÆĐªĦ\uFFFFĲĿŁØŒºÞŦŊŉ"
    U"ĸæđðħıĳŀłøœßþŧŋ";
constexpr char32_t kUpperStart = 0xA0;
static_assert(kUpper.size() == 0x5F);

// The marks that may stand on a letter, which follow their code.
struct Accent {
  char32_t mark;
  char code;
};
constexpr Accent kAccents[] = {{U'\u0300', '\xC1'}, {U'\u0301', '\xC2'}, {U'\u0302', '\xC3'},
                               {U'\u0303', '\xC4'}, {U'\u0304', '\xC5'}, {U'\u0306', '\xC6'},
                               {U'\u0307', '\xC7'}, {U'\u0308', '\xC8'}, {U'\u030A', '\xCA'},
                               {U'\u0327', '\xCB'}, {U'\u030B', '\xCD'}, {U'\u0328', '\xCE'},
                               {U'\u030C', '\xCF'}};

bool is_letter(char32_t code_point) {
  return (code_point >= U'A' && code_point <= U'Z') || (code_point >= U'a' && code_point <= U'z');
}

}  // namespace

std::string iso6937_character(char32_t code_point) {
  // The dollar has the place of another currency's sign.
  if (code_point >= 0x20 && code_point < 0x7F && code_point != U'$') {
    return {static_cast<char>(code_point)};
  }
  const std::size_t at = code_point == kNone ? std::u32string_view::npos : kUpper.find(code_point);
  if (at != std::u32string_view::npos) return {static_cast<char>(kUpperStart + at)};
  const std::u32string parts = from_utf8(decomposed(to_utf8({&code_point, 1})));
  if (parts.size() != 2 || !is_letter(parts[0])) return {};
  for (const Accent& accent : kAccents) {
    if (accent.mark == parts[1]) return {accent.code, static_cast<char>(parts[0])};
  }
  return {};
}

}  // namespace dali
