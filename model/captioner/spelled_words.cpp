// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/spelled_words.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace dali {
namespace {

bool is_space(char character) {
  return std::isspace(static_cast<unsigned char>(character)) != 0;
}

std::string without_marks(const std::string& word) {
  const auto is_mark = [](unsigned char character) { return std::ispunct(character) != 0; };
  const auto begin = std::find_if_not(word.begin(), word.end(), is_mark);
  const auto end = std::find_if_not(word.rbegin(), word.rend(), is_mark).base();
  return begin < end ? std::string(begin, end) : std::string();
}

}  // namespace

std::vector<SpelledWord> spelled_words(std::span<const std::int64_t> ids,
                                       const Tokenizer& tokenizer) {
  std::vector<std::size_t> ends;  // of the text after each token
  std::string text;
  for (std::size_t count = 1; count <= ids.size(); ++count) {
    text = tokenizer.decode_unstripped(ids.first(count));
    ends.push_back(text.size());
  }
  std::vector<SpelledWord> words;
  for (std::size_t begin = 0; begin < text.size();) {
    if (is_space(text[begin])) {
      ++begin;
      continue;
    }
    const auto end = static_cast<std::size_t>(
        std::find_if(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), is_space) -
        text.begin());
    SpelledWord word{.text = without_marks(text.substr(begin, end - begin))};
    // The token that reaches into the word first, and the one that completes it.
    word.first = static_cast<std::size_t>(std::ranges::upper_bound(ends, begin) - ends.begin());
    word.last = static_cast<std::size_t>(std::ranges::lower_bound(ends, end) - ends.begin()) + 1;
    if (!word.text.empty() && word.first < word.last && word.last <= ids.size()) {
      words.push_back(std::move(word));
    }
    begin = end;
  }
  return words;
}

}  // namespace dali
