// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct sb_stemmer;

namespace dali {

// A word of a line, and where it stands in it.
struct Word {
  std::string folded;     // in lower case
  std::string stem;       // what "barks" and "barking" have in common
  std::size_t begin = 0;  // bytes of the line
  std::size_t end = 0;
  bool follows_mark = false;  // punctuation stands between it and the word before
};

// Words by Unicode's rules and their stems by Snowball's, for the languages that it has; of others
// the stem is the folded word. One thread at a time.
class WordStems {
 public:
  // An ISO 639 code, with or without a region behind it; empty: English.
  explicit WordStems(std::string_view language);

  bool is_english() const { return is_english_; }
  std::vector<Word> words(std::string_view line) const;  // valid UTF-8

 private:
  struct FreeStemmer {
    void operator()(sb_stemmer* stemmer) const;
  };

  bool is_english_ = true;
  std::unique_ptr<sb_stemmer, FreeStemmer> stemmer_;  // null: there is none for the language
};

}  // namespace dali
