// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dali {

// A character as a decoder of CEA-708 is sent it: one byte of the sets G0 (ASCII) and G1 (Latin-1),
// two of G2 (punctuation), or three of a 16-bit character (P16), which decoders made for North
// America may leave out. Empty: CEA-708 has no such character.
std::string cea708_character(char32_t code_point);

// The text, which is valid UTF-8, in characters that CEA-708 has: accents composed, and dashes and
// other signs replaced by those that every decoder knows. What is beyond 16 bits, as an emoji is,
// is appended to `lost`; what joins or varies it goes without a word.
std::string written_for_cea708(std::string_view text, std::string& lost);

}  // namespace dali
