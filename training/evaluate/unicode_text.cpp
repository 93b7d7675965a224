// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/unicode_text.h"

#include <unicode/uchar.h>

#include <utility>

namespace dali {

std::u32string in_lower_case(std::u32string_view text) {
  std::u32string lower(text);
  for (char32_t& c : lower) c = static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
  return lower;
}

std::vector<std::u32string> split_at_space(std::u32string_view text) {
  std::vector<std::u32string> words;
  std::u32string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (const char32_t c : text) {
    if (u_isUWhiteSpace(static_cast<UChar32>(c)) != 0) {
      end_word();
    } else if (c < 0x10000) {
      word += c;
    }
  }
  end_word();
  return words;
}

}  // namespace dali
