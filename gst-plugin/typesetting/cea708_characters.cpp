// SPDX-License-Identifier: LGPL-2.1-or-later
// The character sets of ANSI/CTA-708 (CEA-708-E, chapter 7).
#include "gst-plugin/typesetting/cea708_characters.h"

#include <unicode/uchar.h>

#include "gst-plugin/typesetting/cea608_characters.h"
#include "media/text/composition.h"
#include "media/text/utf8.h"

namespace dali {
namespace {

constexpr char kExtend = 0x10;      // a character of G2 follows
constexpr char kSixteenBit = 0x18;  // two bytes of a character follow

constexpr char32_t kNote = U'♪';
constexpr char kNoteCode = 0x7F;  // in ASCII's place for DEL

struct G2Character {
  char32_t code_point;
  std::uint8_t code;
};
constexpr G2Character kG2[] = {{U'…', 0x25}, {U'Š', 0x2A}, {U'Œ', 0x2C}, {U'█', 0x30}, {U'‘', 0x31},
                               {U'’', 0x32}, {U'“', 0x33}, {U'”', 0x34}, {U'•', 0x35}, {U'™', 0x39},
                               {U'š', 0x3A}, {U'œ', 0x3C}, {U'℠', 0x3D}, {U'Ÿ', 0x3F}, {U'⅛', 0x76},
                               {U'⅜', 0x77}, {U'⅝', 0x78}, {U'⅞', 0x79}, {U'│', 0x7A}, {U'┐', 0x7B},
                               {U'└', 0x7C}, {U'─', 0x7D}, {U'┘', 0x7E}, {U'┌', 0x7F}};

std::string in_every_decoder(char32_t code_point) {
  if (code_point >= 0x20 && code_point < 0x7F) return {static_cast<char>(code_point)};
  if (code_point >= 0xA0 && code_point <= 0xFF) return {static_cast<char>(code_point)};
  if (code_point == kNote) return {kNoteCode};
  for (const G2Character& character : kG2) {
    if (character.code_point == code_point) return {kExtend, static_cast<char>(character.code)};
  }
  return {};
}

// What says how another character is drawn, and is none itself.
bool is_mere_control(char32_t code_point) {
  const auto category = u_charType(static_cast<UChar32>(code_point));
  const bool is_variation = code_point >= 0xFE00 && code_point <= 0xFE0F;
  return is_variation || category == U_FORMAT_CHAR || category == U_CONTROL_CHAR;
}

bool is_in_sixteen_bits(char32_t code_point) {
  return code_point < 0xFFFE && u_isdefined(static_cast<UChar32>(code_point)) != 0 &&
         u_charType(static_cast<UChar32>(code_point)) != U_SURROGATE;
}

}  // namespace

std::string cea708_character(char32_t code_point) {
  std::string code = in_every_decoder(code_point);
  if (code.empty() && is_in_sixteen_bits(code_point) && !is_mere_control(code_point)) {
    code = {kSixteenBit, static_cast<char>(code_point >> 8), static_cast<char>(code_point & 0xFF)};
  }
  return code;
}

std::string written_for_cea708(std::string_view text, std::string& lost) {
  std::u32string written;
  std::u32string unknown;
  for (const char32_t code_point : from_utf8(composed(text))) {
    char32_t sign = in_every_decoder(code_point).empty() ? nearest_sign(code_point) : code_point;
    // CEA-608 has this dash, and no set of CEA-708's does.
    if (sign == U'—') sign = U'-';
    if (!cea708_character(sign).empty()) {
      written += sign;
    } else if (!is_mere_control(sign)) {
      unknown += sign;
    }
  }
  lost += to_utf8(unknown);
  return to_utf8(written);
}

}  // namespace dali
