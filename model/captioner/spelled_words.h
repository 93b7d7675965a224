// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/language/tokenizer.h"

namespace dali {

// A word of a caption, and which tokens spell it: [first, last).
struct SpelledWord {
  std::string text;  // without marks around it; never empty
  std::size_t first = 0;
  std::size_t last = 0;
};

// The words that white space divides the tokens' text into, in order. A token that reaches into two
// words counts for both; what is marks alone is no word.
std::vector<SpelledWord> spelled_words(std::span<const std::int64_t> ids,
                                       const Tokenizer& tokenizer);

}  // namespace dali
