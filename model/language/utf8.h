#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dali {

// The bytes of the character that the text starts with, 1 to 4; 0 when it is empty or starts with
// bytes that are no UTF-8 (overlong, a surrogate, beyond U+10FFFF, cut off).
std::size_t utf8_character_length(std::string_view text);

// The text with U+FFFD for each byte that belongs to no character.
std::string valid_utf8(std::string_view text);

}  // namespace dali
