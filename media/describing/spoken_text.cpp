// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/describing/spoken_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "model/base/one_line.h"

namespace dali {
namespace {

constexpr std::size_t kLeastWords = 3;  // "a dog" says less than nothing at all

// Words that begin a part which the sentence is whole without. Not "and", which may stand between
// two adjectives, nor "of".
constexpr std::array<std::string_view, 26> kBeginnings = {
    "above", "across",  "after",  "along", "among",  "around", "as",   "at",  "behind",
    "below", "beside",  "before", "by",    "during", "in",     "near", "on",  "over",
    "that",  "through", "under",  "where", "which",  "while",  "who",  "with"};

constexpr std::string_view kOfSentences = ".!?";
constexpr std::string_view kOfClauses = ",;:";
constexpr std::string_view kBrackets = "[](){}<>*_\"";

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& letter : lowered) {
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return lowered;
}

bool ends_in_one_of(const std::string& word, std::string_view marks) {
  return !word.empty() && marks.find(word.back()) != std::string_view::npos;
}

// Without the commas that it may end in now.
std::string joined(const std::vector<std::string>& words, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : " ") + words[i];
  while (ends_in_one_of(text, kOfClauses)) text.pop_back();
  return text;
}

}  // namespace

std::string spoken_text(std::string_view caption) {
  std::string text = on_one_line(caption);
  std::erase_if(text, [](char c) { return kBrackets.find(c) != std::string_view::npos; });
  return joined(split(text), split(text).size());
}

std::optional<std::string> shorter_text(const std::string& text) {
  const std::vector<std::string> words = split(text);
  const auto last_after = [&](auto is_end) -> std::optional<std::string> {
    for (std::size_t count = words.size() - 1; count >= kLeastWords; --count) {
      if (is_end(count)) return joined(words, count);
    }
    return std::nullopt;
  };
  if (words.size() <= kLeastWords) return std::nullopt;
  for (const std::string_view marks : {kOfSentences, kOfClauses}) {
    const auto shorter =
        last_after([&](std::size_t count) { return ends_in_one_of(words[count - 1], marks); });
    if (shorter) return shorter;
  }
  return last_after([&](std::size_t count) {
    return std::ranges::find(kBeginnings, lower(words[count])) != kBeginnings.end();
  });
}

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  for (std::string word : split(text)) {
    while (ends_in_one_of(word, kOfSentences) || ends_in_one_of(word, kOfClauses)) word.pop_back();
    if (!word.empty()) words.insert(lower(word));
  }
  return words;
}

}  // namespace dali
