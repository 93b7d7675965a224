// SPDX-License-Identifier: LGPL-2.1-or-later
// Which sources captions name, and which of their words are one source.
#include <memory>
#include <string>
#include <vector>

#include "gst-plugin/events/source_names.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::NamedSource;
using dali::SourceClasses;
using dali::SourceNames;

namespace {

// "siren: siren wails; dog: dog barks"
std::string named(const SourceNames& names, const char* caption) {
  std::string all;
  for (const NamedSource& source : names.named_in(caption)) {
    all += (all.empty() ? "" : "; ") + source.name.name + ": " + source.label;
  }
  return all;
}

struct Named {
  const char* caption;
  const char* sources;
};

void expect_named(const SourceNames& names, const std::vector<Named>& rows) {
  for (const Named& row : rows) {
    const std::string sources = named(names, row.caption);
    ck_assert_msg(sources == row.sources, "\"%s\": \"%s\" instead of \"%s\"", row.caption,
                  sources.c_str(), row.sources);
  }
}

}  // namespace

START_TEST(clauses_are_sources_and_their_nouns_the_names) {
  expect_named(SourceNames("en", nullptr),
               {{"a siren wails", "siren: siren wails"},
                {"a siren wailing", "siren: siren wailing"},
                {"a wailing siren with a dog barking", "siren: wailing siren; dog: dog barking"},
                {"A siren wails while dogs bark.", "siren: siren wails; dogs: dogs bark"},
                {"the sound of a siren wailing", "siren: siren wailing"},
                {"The roar of an engine, and people talking in the background",
                 "engine: roar of an engine; people: people talking"},
                {"a car horn honks", "horn: car horn honks"},
                {"there are birds chirping and singing", "birds: birds chirping and singing"},
                {"a man speaks and laughs", "man: man speaks and laughs"},
                {"rain and wind", "rain: rain; wind: wind"},
                {"Rain falling on a hard surface", "rain: rain falling on a hard surface"},
                {"2 dogs bark", "dogs: dogs bark"},
                {"1 2 3", ""},
                {"two dogs bark as a dog growls", "dogs: dogs bark"},
                {"barking", "barking: barking"},
                {"the sound of silence", ""},
                {"", ""},
                {"...", ""}});
}
END_TEST

START_TEST(sources_are_the_same_when_their_nouns_are) {
  struct Case {
    const char* one;
    const char* other;
    bool is_same;
  };
  const SourceNames names("en", nullptr);
  for (const Case& row :
       {Case{"a siren wails", "an emergency siren is blaring", true},
        Case{"a siren wailing", "the wailing siren", true},
        Case{"dogs barking", "a dog barks", true}, Case{"two dogs bark", "a dog barks", true},
        Case{"car horns honk", "a car horn honks", true},
        Case{"a car horn honks", "a car drives by", false},
        Case{"a guitar plays", "a piano plays", false},
        Case{"a man speaks", "a woman speaks", false}}) {
    const auto one = names.named_in(row.one);
    const auto other = names.named_in(row.other);
    ck_assert_msg(is_same_source(one.at(0).name, other.at(0).name) == row.is_same, "%s, %s",
                  row.one, row.other);
  }
}
END_TEST

START_TEST(a_class_is_named_by_its_words_and_nothing_else_is_a_source) {
  const auto classes = std::make_shared<const SourceClasses>(SourceClasses{
      {"ambulance", {"ambulance", "siren"}}, {"car", {"car horn"}}, {"dog", {"dog"}}});
  expect_named(SourceNames("en", classes),
               {{"sirens wail", "ambulance: sirens wail"},
                {"a siren and an ambulance", "ambulance: siren"},
                {"a dog barks beside a house", "dog: dog barks beside a house"},
                {"a car drives by", ""},
                {"a car horn honks while a cat meows", "car: car horn honks"}});
}
END_TEST

START_TEST(other_languages_compare_most_of_their_words) {
  const SourceNames german("de", nullptr);
  expect_named(german, {{"Ein Hund bellt.", "ein hund bellt: Ein Hund bellt"}});
  const auto name = [](const SourceNames& names, const char* caption) {
    return names.named_in(caption).at(0).name;
  };
  ck_assert(is_same_source(name(german, "ein Hund bellt"), name(german, "ein bellender Hund")));
  ck_assert(!is_same_source(name(german, "ein Hund bellt"), name(german, "eine Katze miaut")));
  // No stemmer, and no spaces between words.
  const SourceNames japanese("ja", nullptr);
  ck_assert(is_same_source(name(japanese, "犬が吠えている"), name(japanese, "犬が吠えている")));
  ck_assert(!is_same_source(name(japanese, "犬が吠えている"), name(japanese, "雨")));
}
END_TEST

START_TEST(the_names_at_hand_follow_language_and_classes) {
  const auto classes = std::make_shared<const SourceClasses>(SourceClasses{{"PET", {"dog"}}});
  dali::CurrentSourceNames names;
  const SourceNames* english = &names.of("en", nullptr);
  expect_named(*english, {{"a dog barks", "dog: dog barks"}});
  ck_assert(&names.of("en", nullptr) == english);
  expect_named(names.of("en", classes), {{"a dog barks", "PET: dog barks"}});
  expect_named(names.of("de", nullptr), {{"ein Hund bellt", "ein hund bellt: ein Hund bellt"}});
}
END_TEST

int main() {
  TCase* names = tcase_create("names");
  tcase_add_test(names, clauses_are_sources_and_their_nouns_the_names);
  tcase_add_test(names, sources_are_the_same_when_their_nouns_are);
  tcase_add_test(names, a_class_is_named_by_its_words_and_nothing_else_is_a_source);
  tcase_add_test(names, other_languages_compare_most_of_their_words);
  tcase_add_test(names, the_names_at_hand_follow_language_and_classes);
  Suite* suite = suite_create("source-names");
  suite_add_tcase(suite, names);
  return dali::run_suite(suite);
}
