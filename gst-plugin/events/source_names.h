// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gst-plugin/events/word_stems.h"
#include "model/base/source_classes.h"

namespace dali {

// What a source is called, as far as it tells sources apart.
struct SourceName {
  std::string name;  // for people and programs: a class, or the noun as it was first written
  std::string head;  // its stem, or the class; empty: there is no telling which word is the noun
  std::set<std::string> subject;  // stems of the words of the noun's group: "car", "horn"
  std::set<std::string> words;    // stems of all that the clause says
  bool is_class = false;
};

bool is_same_source(const SourceName& one, const SourceName& other);

struct NamedSource {
  SourceName name;
  std::string label;  // the caption's own words for it, without article: "siren wails"
  std::set<std::string> nouns = {};  // stems of the words that name it in this caption
};

// Which sources a caption names. With classes, those whose words it has. Without, a clause of an
// English caption is a source, and what it is about its noun: clauses end at marks and at words
// such as "and", "while" and "with"; words such as "the", "loud" and "background" say nothing; the
// noun is what stands before the verb, or behind "of". Of other languages a sentence, up to a mark,
// is a source, which two of them share when they share most of the words of the shorter one. One
// thread at a time.
class SourceNames {
 public:
  // `language` as WordStems takes it; `classes` may be null.
  SourceNames(std::string_view language, std::shared_ptr<const SourceClasses> classes);

  const std::shared_ptr<const SourceClasses>& classes() const { return classes_; }

  std::string stem_of(std::string_view word) const;

  // In the order of the caption, each source once. A caption that is silent on sources names none.
  std::vector<NamedSource> named_in(std::string_view caption) const;

 private:
  // Words [begin, end) of a caption.
  struct Clause {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  struct ClassWords {
    std::string name;
    std::vector<std::vector<std::string>> names;  // stems, word by word
  };

  std::vector<Clause> clauses(const std::vector<Word>& words) const;
  SourceName name_of(const std::vector<Word>& words, Clause clause) const;
  void add_classes(const std::vector<Word>& words, Clause clause, const std::string& label,
                   std::vector<NamedSource>& named) const;

  std::shared_ptr<const SourceClasses> classes_;
  WordStems stems_;
  std::vector<ClassWords> class_words_;
};

// The names of the captions at hand, for all who ask about the same ones. Of one thread.
class CurrentSourceNames {
 public:
  // As SourceNames takes them; made anew when either is another. Good until the next call.
  const SourceNames& of(const std::string& language,
                        const std::shared_ptr<const SourceClasses>& classes);

 private:
  std::unique_ptr<SourceNames> names_;
  std::string language_;
};

}  // namespace dali
