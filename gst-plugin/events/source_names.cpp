// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/events/source_names.h"

#include <algorithm>
#include <utility>

#include "gst-plugin/events/function_words.h"

namespace dali {
namespace {

// "ring" and "king" are nouns.
constexpr std::size_t kShortestParticiple = 5;

bool is_participle(const Word& word) {
  return word.folded.size() >= kShortestParticiple && word.folded.ends_with("ing");
}

// "barks", or "dogs", but not "glass".
bool ends_in_s(const Word& word) {
  return word.folded.ends_with('s') && !word.folded.ends_with("ss");
}

// How many there are is not what it is.
bool is_number(const Word& word) {
  return std::ranges::all_of(word.folded, [](char digit) { return digit >= '0' && digit <= '9'; });
}

bool is_content(const Word& word) {
  return !is_function_word(word.folded) && !is_number(word);
}

bool share_most(const std::set<std::string>& one, const std::set<std::string>& other) {
  const auto shared = static_cast<std::size_t>(
      std::ranges::count_if(one, [&](const std::string& stem) { return other.contains(stem); }));
  return 2 * shared > std::min(one.size(), other.size());
}

// "car horns honk" and "a car horn honks": each one's noun is among the other's words.
bool share_noun(const SourceName& one, const SourceName& other) {
  return one.head == other.head ||
         (one.subject.contains(other.head) && other.words.contains(one.head)) ||
         (other.subject.contains(one.head) && one.words.contains(other.head));
}

// Sentences begin with a capital that is not the word's. An abbreviation keeps its own.
void lower_capital(std::string& label) {
  const auto is_capital = [](char letter) { return letter >= 'A' && letter <= 'Z'; };
  const bool is_abbreviation = label.size() > 1 && is_capital(label[1]);
  if (is_capital(label[0]) && !is_abbreviation) {
    label[0] = static_cast<char>(label[0] - 'A' + 'a');
  }
}

}  // namespace

bool is_same_source(const SourceName& one, const SourceName& other) {
  if (one.is_class || other.is_class)
    return one.is_class == other.is_class && one.head == other.head;
  if (one.head.empty() || other.head.empty()) return share_most(one.words, other.words);
  return share_noun(one, other);
}

SourceNames::SourceNames(std::string_view language, std::shared_ptr<const SourceClasses> classes)
    : classes_(std::move(classes)), stems_(language) {
  if (!classes_) return;
  for (const auto& [name, names] : *classes_) {
    ClassWords& words = class_words_.emplace_back();
    words.name = name;
    for (const std::string& naming : names) {
      std::vector<std::string> stems;
      for (const Word& word : stems_.words(naming)) stems.push_back(word.stem);
      if (!stems.empty()) words.names.push_back(std::move(stems));
    }
  }
}

std::string SourceNames::stem_of(std::string_view word) const {
  const std::vector<Word> words = stems_.words(word);
  return words.empty() ? std::string() : words.front().stem;
}

std::vector<NamedSource> SourceNames::named_in(std::string_view caption) const {
  const std::vector<Word> words = stems_.words(caption);
  std::vector<NamedSource> named;
  for (const Clause& clause : clauses(words)) {
    const std::size_t begin = words[clause.begin].begin;
    std::string label(caption.substr(begin, words[clause.end - 1].end - begin));
    if (stems_.is_english()) lower_capital(label);
    if (classes_) {
      add_classes(words, clause, label, named);
      continue;
    }
    NamedSource source{.name = name_of(words, clause), .label = std::move(label)};
    source.nouns = source.name.subject;
    const bool is_known = std::ranges::any_of(
        named, [&](const NamedSource& other) { return is_same_source(source.name, other.name); });
    if (!is_known) named.push_back(std::move(source));
  }
  return named;
}

// Each from its first word that says something to its last.
std::vector<SourceNames::Clause> SourceNames::clauses(const std::vector<Word>& words) const {
  std::vector<Clause> found;
  const auto content = [&](std::size_t index) {
    return !stems_.is_english() || is_content(words[index]);
  };
  for (std::size_t begin = 0; begin < words.size();) {
    std::size_t end = begin + 1;
    const auto goes_on = [&](const Word& word) {
      return !word.follows_mark && !(stems_.is_english() && begins_clause(word.folded));
    };
    while (end < words.size() && goes_on(words[end])) ++end;
    Clause clause{.begin = begin, .end = end};
    begin = end;
    while (clause.begin < clause.end && !content(clause.begin)) ++clause.begin;
    while (clause.begin < clause.end && !content(clause.end - 1)) --clause.end;
    if (clause.begin == clause.end) continue;
    // "a man talks and laughs", "birds chirping and singing": of the source before.
    const Word& first = words[clause.begin];
    const bool is_one_word = clause.end - clause.begin == 1;
    const bool goes_with_last =
        !found.empty() && stems_.is_english() && is_one_word && !classes_ &&
        found.back().end - found.back().begin > 1 &&
        (is_participle(first) || (ends_in_s(first) && ends_in_s(words[found.back().end - 1])));
    if (goes_with_last) {
      found.back().end = clause.end;
    } else {
      found.push_back(clause);
    }
  }
  return found;
}

SourceName SourceNames::name_of(const std::vector<Word>& words, Clause clause) const {
  SourceName name;
  for (std::size_t index = clause.begin; index < clause.end; ++index) {
    if (!stems_.is_english() || is_content(words[index])) name.words.insert(words[index].stem);
  }
  name.name = words[clause.begin].folded;
  if (!stems_.is_english()) {
    for (std::size_t index = clause.begin + 1; index < clause.end; ++index) {
      name.name += ' ' + words[index].folded;
    }
    return name;
  }
  const auto set_head = [&name](const Word& word) {
    name.head = word.stem;
    name.name = word.folded;
    name.subject.insert(word.stem);
  };
  for (std::size_t index = clause.begin; index < clause.end; ++index) {
    const Word& word = words[index];
    if (word.folded == "of") {  // "the roar of an engine"
      name.subject.clear();
    } else if (!is_content(word)) {
      if (!name.subject.empty()) break;  // "a dog in the yard"
    } else {
      const bool is_before_noun = index + 1 < clause.end && is_content(words[index + 1]);
      if (is_participle(word) && name.subject.empty() && is_before_noun) continue;
      const bool is_verb = is_participle(word) || ends_in_s(word);
      if (is_verb && !name.subject.empty()) break;
      set_head(word);
      if (ends_in_s(word)) break;  // "dogs bark": what stands before a noun is no plural
    }
  }
  if (name.head.empty()) set_head(words[clause.begin]);
  return name;
}

void SourceNames::add_classes(const std::vector<Word>& words, Clause clause,
                              const std::string& label, std::vector<NamedSource>& named) const {
  const auto begin = words.begin() + static_cast<std::ptrdiff_t>(clause.begin);
  const auto end = words.begin() + static_cast<std::ptrdiff_t>(clause.end);
  const auto says = [&](const std::vector<std::string>& stems) {
    return std::search(
               begin, end, stems.begin(), stems.end(),
               [](const Word& word, const std::string& stem) { return word.stem == stem; }) != end;
  };
  for (const ClassWords& of_class : class_words_) {
    const auto naming = std::ranges::find_if(of_class.names, says);
    const bool is_known = std::ranges::any_of(
        named, [&](const NamedSource& other) { return other.name.head == of_class.name; });
    if (is_known || naming == of_class.names.end()) continue;
    SourceName name;
    name.name = of_class.name;
    name.head = of_class.name;
    name.is_class = true;
    named.push_back(
        {.name = std::move(name), .label = label, .nouns = {naming->begin(), naming->end()}});
  }
}

const SourceNames& CurrentSourceNames::of(const std::string& language,
                                          const std::shared_ptr<const SourceClasses>& classes) {
  if (!names_ || language != language_ || names_->classes() != classes) {
    names_ = std::make_unique<SourceNames>(language, classes);
    language_ = language;
  }
  return *names_;
}

}  // namespace dali
