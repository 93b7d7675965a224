// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/text/utf8.h"

#include <unicode/utf8.h>

#include <cstdint>

namespace dali {
namespace {

constexpr UChar32 kReplacement = 0xFFFD;

// Below 0 for what is no UTF-8.
UChar32 code_point_at(std::string_view text, std::size_t& at) {
  UChar32 code_point = 0;
  auto offset = static_cast<std::int32_t>(at);
  U8_NEXT(text.data(), offset, static_cast<std::int32_t>(text.size()), code_point);
  at = static_cast<std::size_t>(offset);
  return code_point;
}

void append(std::string& bytes, UChar32 code_point) {
  char units[U8_MAX_LENGTH] = {};
  std::int32_t length = 0;
  UBool is_wrong = 0;
  U8_APPEND(units, length, U8_MAX_LENGTH, code_point, is_wrong);
  if (is_wrong != 0) U8_APPEND_UNSAFE(units, length, kReplacement);
  bytes.append(units, static_cast<std::size_t>(length));
}

}  // namespace

char32_t next_code_point(std::string_view text, std::size_t& at) {
  const UChar32 code_point = code_point_at(text, at);
  return static_cast<char32_t>(code_point < 0 ? kReplacement : code_point);
}

char32_t code_point_before(std::string_view text, std::size_t at) {
  UChar32 code_point = 0;
  auto offset = static_cast<std::int32_t>(at);
  U8_PREV_OR_FFFD(text.data(), 0, offset, code_point);
  return static_cast<char32_t>(code_point);
}

std::size_t code_point_count(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) next_code_point(text, at);
  return count;
}

std::u32string from_utf8(std::string_view text) {
  std::u32string code_points;
  for (std::size_t at = 0; at < text.size();) code_points += next_code_point(text, at);
  return code_points;
}

std::string to_utf8(std::u32string_view text) {
  std::string bytes;
  for (const char32_t code_point : text) append(bytes, static_cast<UChar32>(code_point));
  return bytes;
}

std::string only_utf8(std::string_view text) {
  std::string valid;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    if (code_point_at(text, at) >= 0) valid += text.substr(start, at - start);
  }
  return valid;
}

}  // namespace dali
