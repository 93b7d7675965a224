// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/typesetting/line_breaking.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <string_view>

namespace dali {
namespace {

// In one unit: what a reader gives to be spared a thing. A page is worth any number of lines, and a
// line more than any phrase.
constexpr double kPageCost = 1000.0;
constexpr double kLineCost = 100.0;
constexpr double kFullLineCost = 40.0;  // grows with the square, so that lines of like length win
constexpr double kSentenceEndCost = 0.0;
constexpr double kClauseEndCost = 2.0;
constexpr double kPhraseStartCost = 5.0;
constexpr double kPlainCost = 15.0;
constexpr double kTornPhraseCost = 40.0;
constexpr double kPageEndWeight = 2.0;  // what is torn over two pages is torn worse
constexpr double kImpossible = std::numeric_limits<double>::infinity();

// English, which the model writes. Other languages break at their punctuation.
constexpr std::array kPhraseStarts = {
    "about",   "above",   "across",  "after",    "against", "along", "among",  "and",     "around",
    "as",      "at",      "because", "before",   "behind",  "below", "beside", "between", "but",
    "by",      "down",    "during",  "followed", "for",     "from",  "if",     "in",      "inside",
    "into",    "like",    "near",    "of",       "off",     "on",    "onto",   "or",      "out",
    "outside", "over",    "past",    "so",       "than",    "that",  "then",   "through", "to",
    "toward",  "towards", "under",   "until",    "up",      "upon",  "when",   "where",   "which",
    "while",   "who",     "with",    "within",   "without"};
// Words that belong to the one that follows.
constexpr std::array kLeaningWords = {
    "a",   "an",   "are",  "be",   "been", "being", "can",   "could", "every", "had",
    "has", "have", "her",  "his",  "is",   "its",   "may",   "more",  "my",    "no",
    "not", "our",  "some", "that", "the",  "their", "there", "these", "this",  "those",
    "two", "very", "was",  "were", "will", "would", "your"};

bool is_letter(char character) {
  return std::isalpha(static_cast<unsigned char>(character)) != 0;
}

// The word in small letters, without the punctuation around it.
std::string bare_word(std::string_view word) {
  while (!word.empty() && !is_letter(word.front())) word.remove_prefix(1);
  while (!word.empty() && !is_letter(word.back())) word.remove_suffix(1);
  std::string bare(word);
  std::transform(bare.begin(), bare.end(), bare.begin(), [](char character) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
  });
  return bare;
}

template <std::size_t kCount>
bool contains(const std::array<const char*, kCount>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(),
                     [text](std::string_view end) { return text.ends_with(end); });
}

double break_cost(const TextSegment& before, const TextSegment& after) {
  if (ends_with_any(before.text, {".", "!", "?", "…", "。", "！", "？"})) return kSentenceEndCost;
  if (ends_with_any(before.text, {",", ";", ":", "–", "—", "、", "，"})) return kClauseEndCost;
  const std::string last = bare_word(before.text);
  if (contains(kLeaningWords, last) || contains(kPhraseStarts, last)) return kTornPhraseCost;
  return contains(kPhraseStarts, bare_word(after.text)) ? kPhraseStartCost : kPlainCost;
}

// Finds the best breaks by dynamic programming: best pages after a page from `first`, and for each
// such page the best lines.
class PageBreaker {
 public:
  PageBreaker(std::span<const TextSegment> text, const PageLimits& limits)
      : text_(text), limits_(limits), break_costs_(text.size() + 1), pages_(text.size() + 1) {
    for (std::size_t at = 1; at < text.size(); ++at) {
      break_costs_[at] = break_cost(text[at - 1], text[at]);
    }
    pages_[text.size()].cost = 0.0;
    for (std::size_t next = text.size(); next-- > 0;) find_best_page(next);
  }

  std::vector<TextPage> pages() const {
    std::vector<TextPage> result;
    for (std::size_t first = 0; first < text_.size(); first = pages_[first].line_ends.back()) {
      result.push_back(page_from(first));
    }
    return result;
  }

 private:
  struct BestPage {             // of those that begin at one segment
    double cost = kImpossible;  // of this and all further pages
    std::vector<std::size_t> line_ends;
  };
  struct BestLine {             // of those that end at one segment
    double cost = kImpossible;  // of the page so far
    std::size_t first = 0;
  };

  void find_best_page(std::size_t first) {
    const std::size_t beyond = beyond_page(first);
    // lines[count][end - first]: pages of `count` lines that hold the segments before `end`
    std::vector<std::vector<BestLine>> lines(static_cast<std::size_t>(limits_.lines) + 1,
                                             std::vector<BestLine>(beyond - first + 1));
    lines[0][0].cost = 0.0;
    BestPage& best = pages_[first];
    for (std::size_t count = 1; count < lines.size(); ++count) {
      for (std::size_t start = first; start < beyond; ++start) {
        if (lines[count - 1][start - first].cost < kImpossible) {
          extend(lines[count - 1][start - first].cost, start, first, lines[count]);
        }
      }
      for (std::size_t end = first + 1; end <= beyond; ++end) {
        const double cost = lines[count][end - first].cost + kPageCost + pages_[end].cost +
                            (kPageEndWeight - 1.0) * break_costs_[end];
        if (cost >= best.cost) continue;
        best.cost = cost;
        best.line_ends = line_ends(lines, count, end, first);
      }
    }
  }

  // Adds each line from `start` on that fits to a page of `cost`.
  void extend(double cost, std::size_t start, std::size_t first,
              std::vector<BestLine>& line) const {
    int columns = 0;
    for (std::size_t end = start + 1; end - first < line.size(); ++end) {
      columns += text_[end - 1].extent.columns;
      if (columns > limits_.columns) return;
      const double fullness = static_cast<double>(columns) / limits_.columns;
      const double new_cost =
          cost + kLineCost + kFullLineCost * fullness * fullness + break_costs_[end];
      if (new_cost < line[end - first].cost) line[end - first] = {new_cost, start};
      if (text_[end - 1].has_space_after) ++columns;
    }
  }

  // One after the last segment that a page from `first` on has characters for.
  std::size_t beyond_page(std::size_t first) const {
    int characters = 0;
    std::size_t beyond = first;
    while (beyond < text_.size()) {
      characters += text_[beyond].extent.characters;
      if (characters > limits_.characters && beyond > first) break;
      characters += text_[beyond].has_space_after ? 1 : 0;
      ++beyond;
    }
    return beyond;
  }

  static std::vector<std::size_t> line_ends(const std::vector<std::vector<BestLine>>& lines,
                                            std::size_t count, std::size_t end, std::size_t first) {
    std::vector<std::size_t> ends(count);
    for (; count > 0; --count) {
      ends[count - 1] = end;
      end = lines[count][end - first].first;
    }
    return ends;
  }

  TextPage page_from(std::size_t first) const {
    TextPage page;
    page.first = first;
    page.beyond = pages_[first].line_ends.back();
    std::size_t at = first;
    for (const std::size_t end : pages_[first].line_ends) {
      std::string line;
      for (; at < end; ++at) {
        const bool has_space = text_[at].has_space_after;
        line += text_[at].text;
        if (has_space && at + 1 < end) line += ' ';
        page.characters += text_[at].extent.characters;
        page.characters += has_space && at + 1 < page.beyond ? 1 : 0;
      }
      page.lines.push_back(std::move(line));
    }
    return page;
  }

  std::span<const TextSegment> text_;
  PageLimits limits_;
  std::vector<double> break_costs_;  // before each segment; nothing at either end of the text
  std::vector<BestPage> pages_;      // by first segment
};

}  // namespace

std::vector<TextPage> break_into_pages(std::span<const TextSegment> text,
                                       const PageLimits& limits) {
  return PageBreaker(text, limits).pages();
}

}  // namespace dali
