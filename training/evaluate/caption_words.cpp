// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/caption_words.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "media/text/utf8.h"
#include "training/evaluate/unicode_text.h"

namespace dali {
namespace {

using Text = std::u32string;
using TextView = std::u32string_view;
using Tokens = std::vector<Text>;

bool is_digit(char32_t c) {
  return c >= U'0' && c <= U'9';
}
bool is_letter(char32_t c) {
  return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
}
bool is_capital(char32_t c) {
  return c >= U'A' && c <= U'Z';
}
bool is_mark(char32_t c) {
  return c == U'!' || c == U'?';
}

bool is_one_of(char32_t c, TextView set) {
  return set.find(c) != TextView::npos;
}

// How a bracket or quotation mark is written at a word's start, and at its end.
Text opening(char32_t c) {
  static const std::map<char32_t, Text> names = {
      {U'(', U"-LRB-"}, {U'[', U"-LSB-"}, {U'{', U"-LCB-"}, {U'"', U"``"},
      {U'“', U"``"},    {U'\'', U"`"},    {U'‘', U"`"}};
  const auto found = names.find(c);
  return found == names.end() ? Text(1, c) : found->second;
}

Text closing(char32_t c) {
  static const std::map<char32_t, Text> names = {{U')', U"-RRB-"}, {U']', U"-RSB-"},
                                                 {U'}', U"-RCB-"}, {U'"', U"''"},
                                                 {U'”', U"''"},    {U'’', U"'"}};
  const auto found = names.find(c);
  return found == names.end() ? Text(1, c) : found->second;
}

// The length of the clitic that ends `word` ("n't" in "isn't"); 0: none.
std::size_t clitic_length(TextView word) {
  const Text lower = in_lower_case(word);
  for (const TextView clitic : {U"n't", U"'s", U"'m", U"'d", U"'re", U"'ve", U"'ll"}) {
    if (TextView(lower).ends_with(clitic)) return clitic.size();
  }
  return 0;
}

bool is_clitic_alone(TextView word) {
  static const std::set<Text> clitics = {U"'s", U"'m", U"'d", U"'re", U"'ve", U"'ll", U"'t"};
  return clitics.contains(in_lower_case(word));
}

// "a.m.", "U.S."
bool is_acronym(TextView word) {
  if (word.size() < 4 || word.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < word.size(); i += 2) {
    if (!is_letter(word[i]) || word[i + 1] != U'.') return false;
  }
  return true;
}

bool is_abbreviation(TextView word) {
  static const std::set<Text> abbreviations = {U"mr.", U"mrs.", U"ms.",   U"dr.",  U"st.",
                                               U"jr.", U"sr.",  U"vs.",   U"etc.", U"inc.",
                                               U"co.", U"ave.", U"blvd.", U"ft.",  U"no."};
  return abbreviations.contains(in_lower_case(word));
}

bool is_address(TextView word) {
  return word.starts_with(U"http://") || word.starts_with(U"https://");
}

// How many characters of `text` at `place` are a token of their own inside a word; 0: none.
std::size_t separator_length(TextView text, std::size_t place) {
  const char32_t c = text[place];
  const auto run = [&](auto belongs) {
    std::size_t end = place;
    while (end < text.size() && belongs(text[end])) ++end;
    return end - place;
  };
  const auto run_of = [&](char32_t wanted, std::size_t least) {
    const std::size_t length = run([wanted](char32_t d) { return d == wanted; });
    return length >= least ? length : 0;
  };
  const bool follows_digit = place > 0 && is_digit(text[place - 1]);
  const bool precedes_digit = place + 1 < text.size() && is_digit(text[place + 1]);
  if (c == U'-') return run_of(U'-', 2);
  if (c == U'.') return run_of(U'.', 3);
  if (c == U'!') return run(is_mark);
  if (c == U',') return follows_digit && precedes_digit ? 0 : 1;
  if (c == U':') return precedes_digit ? 0 : 1;
  return is_one_of(c, U";\"()=|*") ? 1 : 0;
}

// "U'A" -> U ' A, where the apostrophe is neither a clitic's nor elided (o'clock, d'or, l'eau).
// "M&Ms" -> M&M s: capitals joined by an ampersand are one word.
void append_part(Tokens& tokens, TextView part) {
  const auto letters =
      static_cast<std::size_t>(std::ranges::find_if_not(part, is_letter) - part.begin());
  const bool has_apostrophe = letters > 0 && letters + 1 < part.size() && part[letters] == U'\'' &&
                              is_letter(part[letters + 1]);
  if (has_apostrophe && !(letters == 1 && is_one_of(part[0], U"dDoOlL"))) {
    tokens.emplace_back(part.substr(0, letters));
    tokens.emplace_back(U"'");
    tokens.emplace_back(part.substr(letters + 1));
    return;
  }
  const auto joined = static_cast<std::size_t>(
      std::ranges::find_if_not(part, [](char32_t c) { return is_capital(c) || c == U'&'; }) -
      part.begin());
  const bool has_rest = joined >= 3 && joined < part.size() && is_letter(part[joined]) &&
                        is_capital(part[joined - 1]) &&
                        part.substr(1, joined - 2).find(U'&') != TextView::npos;
  if (has_rest) {
    tokens.emplace_back(part.substr(0, joined));
    part.remove_prefix(joined);
  }
  tokens.emplace_back(part);
}

Tokens split_inside(TextView word) {
  Tokens tokens;
  std::size_t begin = 0;
  for (std::size_t place = 0; place < word.size();) {
    const std::size_t length = separator_length(word, place);
    if (length == 0) {
      ++place;
      continue;
    }
    if (place > begin) append_part(tokens, word.substr(begin, place - begin));
    tokens.emplace_back(word.substr(place, length));
    place += length;
    begin = place;
  }
  if (begin < word.size()) append_part(tokens, word.substr(begin));
  return tokens;
}

// What is left of a word when the punctuation around it has gone.
Tokens split_core(TextView core) {
  static const std::map<Text, std::size_t> two_words = {
      {U"cannot", 3}, {U"gonna", 3}, {U"gotta", 3}, {U"wanna", 3}, {U"gimme", 3}, {U"lemme", 3}};
  if (is_address(core)) return {Text(core)};
  Text word(core);
  std::ranges::replace(word, U'’', U'\'');
  if (const auto found = two_words.find(in_lower_case(word)); found != two_words.end()) {
    return {word.substr(0, found->second), word.substr(found->second)};
  }
  Tokens clitics;  // last first
  for (auto length = clitic_length(word); length > 0 && length < word.size();
       length = clitic_length(word)) {
    clitics.push_back(word.substr(word.size() - length));
    word.resize(word.size() - length);
  }
  Tokens tokens = split_inside(word);
  tokens.insert(tokens.end(), clitics.rbegin(), clitics.rend());
  return tokens;
}

// Takes the punctuation off the start of `word`.
Tokens take_leading(TextView& word) {
  constexpr TextView kLeading = U"([{\"'`“‘.,;:!?#$&*-=";
  Tokens tokens;
  while (!word.empty() && is_one_of(word.front(), kLeading)) {
    const char32_t c = word.front();
    const bool precedes_digit = word.size() > 1 && is_digit(word[1]);
    if ((c == U'\'' && is_clitic_alone(word)) || ((c == U'.' || c == U'-') && precedes_digit)) {
      break;
    }
    if (word.starts_with(U"...")) {
      tokens.emplace_back(U"...");
      word.remove_prefix(3);
    } else if (word.starts_with(U"--")) {
      tokens.emplace_back(U"--");
      word.remove_prefix(std::min(word.find_first_not_of(U'-'), word.size()));
    } else if (is_mark(c)) {
      const auto end = std::min(word.find_first_not_of(U"!?"), word.size());
      tokens.emplace_back(word.substr(0, end));
      word.remove_prefix(end);
    } else {
      tokens.push_back(opening(c));
      word.remove_prefix(1);
    }
  }
  return tokens;
}

// Takes the punctuation off the end of `word`. An initial ("N. Astor") keeps its full stop, unless
// it ends the caption.
Tokens take_trailing(TextView& word, bool ends_caption) {
  constexpr TextView kTrailing = U")]}\"'”’.,;:!?%-=*|";
  Tokens tokens;  // last first
  while (!word.empty() && is_one_of(word.back(), kTrailing)) {
    const char32_t c = word.back();
    if (word.ends_with(U"...")) {
      tokens.emplace_back(U"...");
      word.remove_suffix(3);
      continue;
    }
    const bool is_initial =
        word.size() == 2 && is_capital(word[0]) && (!ends_caption || !tokens.empty());
    if (c == U'.' && (is_acronym(word) || is_abbreviation(word) || is_initial)) break;
    if (is_mark(c)) {
      const auto last_other = word.find_last_not_of(U"!?");
      const auto begin = last_other == TextView::npos ? 0 : last_other + 1;
      tokens.emplace_back(word.substr(begin));
      word = word.substr(0, begin);
    } else {
      tokens.push_back(closing(c));
      word.remove_suffix(1);
    }
  }
  std::ranges::reverse(tokens);
  return tokens;
}

// Brackets survive: they are in lower case when punctuation is removed.
bool is_punctuation(TextView token) {
  constexpr std::array<TextView, 13> kPunctuation = {U"''", U"'", U"``", U"`",  U".",   U"?", U"!",
                                                     U",",  U":", U"-",  U"--", U"...", U";"};
  return std::ranges::find(kPunctuation, token) != kPunctuation.end();
}

}  // namespace

std::vector<std::string> caption_words(std::string_view caption) {
  std::vector<std::string> words;
  const auto append = [&](const Tokens& tokens) {
    for (const Text& token : tokens) {
      const Text lower = in_lower_case(token);
      if (!is_punctuation(lower)) words.push_back(to_utf8(lower));
    }
  };
  const auto parts = split_at_space(from_utf8(caption));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    TextView word = parts[i];
    append(take_leading(word));
    const Tokens trailing = take_trailing(word, /*ends_caption=*/i + 1 == parts.size());
    append(split_core(word));
    append(trailing);
  }
  return words;
}

}  // namespace dali
