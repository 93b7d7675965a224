// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

namespace dali {

using Ngram = std::vector<std::string>;
using NgramCounts = std::map<Ngram, int>;

// How often each `length` words in a row occur.
inline NgramCounts count_ngrams(std::span<const std::string> words, std::size_t length) {
  NgramCounts counts;
  for (std::size_t begin = 0; begin + length <= words.size(); ++begin) {
    const auto ngram = words.subspan(begin, length);
    ++counts[Ngram(ngram.begin(), ngram.end())];
  }
  return counts;
}

}  // namespace dali
