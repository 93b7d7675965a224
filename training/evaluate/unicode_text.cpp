// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/unicode_text.h"

#include <locale.h>
#include <wctype.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace dali {
namespace {

constexpr char32_t kReplacement = U'\uFFFD';

locale_t unicode_locale() {
  using Locale = std::unique_ptr<std::remove_pointer_t<locale_t>, decltype(&freelocale)>;
  static const Locale locale(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr), freelocale);
  if (!locale) throw std::runtime_error("the C library has no locale C.UTF-8");
  return locale.get();
}

struct Decoded {
  char32_t code_point = kReplacement;
  std::size_t bytes = 1;
};

// The code point at the start of `text`, which is not empty.
Decoded decode_first(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {.code_point = first, .bytes = 1};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < bytes) return {};
  char32_t code_point = first & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code_point = code_point << 6 | (byte(i) & 0x3Fu);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < kLeast[bytes] || code_point > 0x10FFFF || is_surrogate) return {};
  return {.code_point = code_point, .bytes = bytes};
}

}  // namespace

std::u32string from_utf8(std::string_view text) {
  std::u32string code_points;
  while (!text.empty()) {
    const Decoded decoded = decode_first(text);
    code_points += decoded.code_point;
    text.remove_prefix(decoded.bytes);
  }
  return code_points;
}

std::string to_utf8(std::u32string_view text) {
  std::string bytes;
  const auto append = [&](char32_t byte) { bytes += static_cast<char>(byte); };
  for (const char32_t c : text) {
    if (c < 0x80) {
      append(c);
    } else if (c < 0x800) {
      append(0xC0 | c >> 6);
      append(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      append(0xE0 | c >> 12);
      append(0x80 | (c >> 6 & 0x3F));
      append(0x80 | (c & 0x3F));
    } else {
      append(0xF0 | c >> 18);
      append(0x80 | (c >> 12 & 0x3F));
      append(0x80 | (c >> 6 & 0x3F));
      append(0x80 | (c & 0x3F));
    }
  }
  return bytes;
}

std::u32string in_lower_case(std::u32string_view text) {
  std::u32string lower(text);
  for (char32_t& c : lower) {
    c = static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), unicode_locale()));
  }
  return lower;
}

std::vector<std::u32string> split_at_space(std::u32string_view text) {
  std::vector<std::u32string> words;
  std::u32string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (const char32_t c : text) {
    // iswspace() leaves out the spaces that do not break lines.
    const bool is_space = iswspace_l(static_cast<wint_t>(c), unicode_locale()) != 0 ||
                          c == U'\u00A0' || c == U'\u2007' || c == U'\u202F';
    if (is_space) {
      end_word();
    } else if (c < 0x10000) {
      word += c;
    }
  }
  end_word();
  return words;
}

}  // namespace dali
