// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dali {

// A character of CEA-608. Each takes one column.
struct Cea608Character {
  std::uint8_t basic = 0;  // of the basic set; for an extended one what older decoders show; or 0
  std::uint8_t set = 0;    // 0: the basic set; 0x11: special; 0x12 and 0x13: extended
  std::uint8_t code = 0;   // in that set
};

// Nothing for a character that CEA-608 has no code for. Of the standard's apostrophes both are the
// basic set's: decoders draw it either way.
std::optional<Cea608Character> cea608_character(char32_t code_point);

// What stands for a sign that closed captions do not have, such as a dash, and is like it; the sign
// itself where there is nothing.
char32_t nearest_sign(char32_t code_point);

// Writes any text with the characters that CEA-608 has. Loads ICU's rules with the first text that
// needs them, so keep one; for one thread.
class Cea608Transliterator {
 public:
  Cea608Transliterator();
  ~Cea608Transliterator();
  Cea608Transliterator(Cea608Transliterator&&) noexcept;
  Cea608Transliterator& operator=(Cea608Transliterator&&) noexcept;

  // `text` is valid UTF-8. In what comes back each code point is a character of CEA-608: other
  // scripts become Latin letters ("собака" becomes "sobaka") and letters lose the marks that
  // CEA-608 does not know. What has no letters, as an emoji, is appended to `lost`.
  std::string transliterated(std::string_view text, std::string& lost);

 private:
  struct Rules;
  std::unique_ptr<Rules> rules_;
};

}  // namespace dali
