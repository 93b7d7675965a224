// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dali {

// The walk through UTF-8, whose rules are ICU's. Bytes that are no UTF-8 are read as U+FFFD: one
// for each start of a character that does not go on.

// The code point at `at`, which lies within `text` and moves behind it.
char32_t next_code_point(std::string_view text, std::size_t& at);

// The one that ends at `at`, which is above 0.
char32_t code_point_before(std::string_view text, std::size_t at);

std::size_t code_point_count(std::string_view text);

std::u32string from_utf8(std::string_view text);

// What is no code point becomes U+FFFD.
std::string to_utf8(std::u32string_view text);

// `text` without the bytes that are no UTF-8.
std::string only_utf8(std::string_view text);

}  // namespace dali
