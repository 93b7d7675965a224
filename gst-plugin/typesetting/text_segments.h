// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dali {

// How much room a text takes: columns of a fixed-width screen, where an ideograph or an emoji takes
// two, and characters as a reader counts them: a letter with its marks, an emoji of several people.
struct TextExtent {
  int columns = 0;
  int characters = 0;
};

// A piece of text that no line break may split: a word with its punctuation, or an ideograph.
struct TextSegment {
  std::string text;  // without the space after it
  TextExtent extent;
  bool has_space_after = false;
};

// Takes text apart by Unicode's rules for characters (UAX 29), line breaks (UAX 14) and widths (UAX
// 11). Loads ICU's rules with the first text, so keep one; for one thread. Every function throws
// std::runtime_error when ICU has no rules.
class TextSegmenter {
 public:
  TextSegmenter();
  ~TextSegmenter();
  TextSegmenter(TextSegmenter&&) noexcept;
  TextSegmenter& operator=(TextSegmenter&&) noexcept;

  // `line` is valid UTF-8. A line may be broken after white space, and between any two characters
  // in scripts that write no spaces; never at a hyphen or a slash, whatever UAX 14 allows: what
  // stands between spaces is one word to a reader. The segments with their spaces are the line.
  std::vector<TextSegment> segments(std::string_view line);

  // The longest start of `text` made of whole characters that fits `room`.
  std::string prefix(std::string_view text, TextExtent room);

  // The text, which is not empty, in such starts of it one after the other: each as long as
  // `columns` allow, and at least a character.
  std::vector<TextSegment> pieces(std::string_view text, int columns);

  TextExtent extent(std::string_view text);

 private:
  struct Rules;
  Rules& rules();

  std::unique_ptr<Rules> rules_;
};

// All white space becomes single spaces; none at either end. No-break spaces stay: they are asked
// for. Bytes that are not UTF-8 and control characters are left out.
std::string collapsed(std::string_view text);

// The whole text in capitals, by Unicode's rules: "Straße" becomes "STRASSE".
std::string in_capitals(std::string_view text);

// The first letter small, unless its word is all capitals, as "DJ" or "I" is.
std::string with_small_first_letter(std::string_view text);

}  // namespace dali
