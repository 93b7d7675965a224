// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "toyworld/captions.h"
#include "toyworld/questions.h"

namespace {

using dali::make_scene;
using dali::QuestionAndAnswer;
using dali::Scene;
using dali::SoundingThing;
using dali::words_of;
using dali::World;

constexpr std::uint64_t kScenes = 200;

// Words without punctuation.
std::vector<std::string> words_in(const std::string& text) {
  std::string letters;
  for (const char character : text) {
    const bool is_mark = std::string_view(".,?!").find(character) != std::string_view::npos;
    letters += is_mark ? ' ' : character;
  }
  std::istringstream stream(letters);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// The classes that a caption names, as an evaluation finds them.
std::set<SoundingThing> classes_named(const std::string& caption) {
  std::set<SoundingThing> named;
  for (const std::string& word : words_in(caption)) {
    for (int thing = 0; thing < dali::kSoundingThings; ++thing) {
      for (const std::string_view name : words_of(static_cast<SoundingThing>(thing)).naming) {
        if (word == name) named.insert(static_cast<SoundingThing>(thing));
      }
    }
  }
  return named;
}

std::set<SoundingThing> classes_seen(const Scene& scene) {
  std::set<SoundingThing> classes;
  for (const dali::SoundingFigure& figure : scene.sounding) classes.insert(figure.thing);
  return classes;
}

std::set<SoundingThing> classes_heard(const Scene& scene) {
  std::set<SoundingThing> classes = classes_seen(scene);
  for (const dali::Sound& sound : scene.unseen) classes.insert(sound.thing);
  return classes;
}

// In scenes where everything that sounds is seen, and in scenes where some of it is not.
void expect_classes_named(std::vector<std::string> (*captions)(const Scene& scene),
                          std::set<SoundingThing> (*classes)(const Scene& scene)) {
  for (const World world : {World::kSmall, World::kLarge}) {
    for (const double unseen_share : {0.0, 0.5}) {
      for (std::uint64_t index = 0; index < kScenes; ++index) {
        const Scene scene = make_scene(1, index, {.world = world, .unseen_share = unseen_share});
        for (const std::string& caption : captions(scene)) {
          ck_assert_msg(classes_named(caption) == classes(scene), "'%s'", caption.c_str());
        }
      }
    }
  }
}

bool holds_word(const std::string& text, std::string_view word) {
  for (const std::string& each : words_in(text)) {
    if (each == word) return true;
  }
  return false;
}

}  // namespace

START_TEST(audio_captions_name_what_sounds_and_nothing_else) {
  expect_classes_named(dali::audio_captions, classes_heard);
}
END_TEST

START_TEST(image_captions_name_what_is_seen_and_nothing_else) {
  expect_classes_named(dali::image_captions, classes_seen);
}
END_TEST

START_TEST(image_captions_name_colours_place_and_silent_things) {
  for (std::uint64_t index = 0; index < kScenes; ++index) {
    const Scene scene = make_scene(2, index, {.unseen_share = 0.3});
    for (const std::string& caption : dali::image_captions(scene)) {
      ck_assert(holds_word(caption, words_of(scene.place).name));
      for (const auto& figure : scene.sounding) {
        ck_assert(holds_word(caption, word_of(figure.colour)));
      }
      for (const auto& figure : scene.silent) ck_assert(holds_word(caption, word_of(figure.thing)));
    }
  }
}
END_TEST

START_TEST(image_captions_hold_no_word_of_sound) {
  for (std::uint64_t index = 0; index < kScenes; ++index) {
    const Scene scene = make_scene(3, index, {.world = World::kLarge});
    for (const std::string& caption : dali::image_captions(scene)) {
      for (int thing = 0; thing < dali::kSoundingThings; ++thing) {
        const auto& words = words_of(static_cast<SoundingThing>(thing));
        ck_assert_msg(!holds_word(caption, words.sounds) && !holds_word(caption, words.sounding),
                      "'%s'", caption.c_str());
      }
    }
  }
}
END_TEST

START_TEST(audio_captions_hold_no_colour_no_place_and_no_silent_thing) {
  for (std::uint64_t index = 0; index < kScenes; ++index) {
    for (const std::string& caption : dali::audio_captions(make_scene(4, index, {}))) {
      for (int colour = 0; colour < dali::kColours; ++colour) {
        ck_assert(!holds_word(caption, word_of(static_cast<dali::Colour>(colour))));
      }
      for (int place = 0; place < dali::kPlaces; ++place) {
        ck_assert(!holds_word(caption, words_of(static_cast<dali::Place>(place)).name));
      }
      for (int thing = 0; thing < dali::kSilentThings; ++thing) {
        ck_assert(!holds_word(caption, word_of(static_cast<dali::SilentThing>(thing))));
      }
    }
  }
}
END_TEST

START_TEST(no_word_names_two_classes) {
  std::set<std::string_view> taken;
  for (int thing = 0; thing < dali::kSoundingThings; ++thing) {
    for (const std::string_view name : words_of(static_cast<SoundingThing>(thing)).naming) {
      ck_assert(taken.insert(name).second);
    }
  }
}
END_TEST

START_TEST(the_answer_to_what_might_be_heard_names_the_sounding_classes) {
  dali::Random random(5);
  int in_clauses = 0;
  for (std::uint64_t index = 0; index < 2 * kScenes; ++index) {
    const Scene scene =
        make_scene(5, index, {.world = index % 2 == 0 ? World::kSmall : World::kLarge});
    bool is_asked = false;
    for (const QuestionAndAnswer& turn : dali::questions_about(scene, random)) {
      if (turn.question.find("this scene sound") == std::string::npos &&
          turn.question.find("heard in this scene") == std::string::npos &&
          turn.question.find("heard here") == std::string::npos) {
        continue;
      }
      is_asked = true;
      ck_assert_msg(turn.answer.starts_with("probably "), "'%s'", turn.answer.c_str());
      ck_assert(classes_named(turn.answer) == classes_seen(scene));
      if (turn.answer.find(" while ") == std::string::npos) continue;
      ++in_clauses;
      ck_assert(scene.world == World::kLarge && scene.sounding.size() == 2);
    }
    ck_assert(is_asked);
  }
  ck_assert_int_gt(in_clauses, 0);
}
END_TEST

START_TEST(a_thing_is_said_to_be_there_exactly_when_it_is) {
  dali::Random random(6);
  int yes = 0;
  int no = 0;
  for (std::uint64_t index = 0; index < 2 * kScenes; ++index) {
    const Scene scene =
        make_scene(6, index, {.world = index % 2 == 0 ? World::kSmall : World::kLarge});
    const std::string things = dali::image_captions(scene)[2];  // "there is ..."
    for (const QuestionAndAnswer& turn : dali::questions_about(scene, random)) {
      if (!turn.question.starts_with("Is there ")) continue;
      // "Is there a rain cloud?": the last word stands for the thing.
      const bool is_there = holds_word(things, words_in(turn.question).back());
      ck_assert_str_eq(turn.answer.c_str(), is_there ? "yes" : "no");
      ++(is_there ? yes : no);
    }
  }
  ck_assert_int_gt(yes, 50);
  ck_assert_int_gt(no, 50);
}
END_TEST

START_TEST(the_corpus_holds_every_word_of_a_small_vocabulary) {
  const auto world = static_cast<World>(_i);
  std::set<std::string> vocabulary;
  for (const std::string& line : dali::caption_corpus(world)) {
    for (const std::string& word : words_in(line)) vocabulary.insert(word);
  }
  ck_assert_uint_le(vocabulary.size(), 600);

  dali::Random random(7);
  const auto expect_known = [&](const std::string& text) {
    for (const std::string& word : words_in(text)) {
      ck_assert_msg(vocabulary.contains(word), "'%s' is not in the corpus", word.c_str());
    }
  };
  for (std::uint64_t index = 0; index < kScenes; ++index) {
    const Scene scene = make_scene(7, index, {.world = world, .split = dali::Split::kTest});
    for (const std::string& caption : dali::image_captions(scene)) expect_known(caption);
    for (const std::string& caption : dali::audio_captions(scene)) expect_known(caption);
    for (const QuestionAndAnswer& turn : dali::questions_about(scene, random)) {
      expect_known(turn.question);
      expect_known(turn.answer);
    }
    const QuestionAndAnswer text = dali::plain_text_about_sounds(random, world);
    expect_known(text.question);
    expect_known(text.answer);
  }
}
END_TEST

int main() {
  TCase* captions = tcase_create("captions");
  tcase_add_test(captions, audio_captions_name_what_sounds_and_nothing_else);
  tcase_add_test(captions, image_captions_name_what_is_seen_and_nothing_else);
  tcase_add_test(captions, image_captions_name_colours_place_and_silent_things);
  tcase_add_test(captions, image_captions_hold_no_word_of_sound);
  tcase_add_test(captions, audio_captions_hold_no_colour_no_place_and_no_silent_thing);
  tcase_add_test(captions, no_word_names_two_classes);
  TCase* questions = tcase_create("questions");
  tcase_add_test(questions, the_answer_to_what_might_be_heard_names_the_sounding_classes);
  tcase_add_test(questions, a_thing_is_said_to_be_there_exactly_when_it_is);
  tcase_add_loop_test(questions, the_corpus_holds_every_word_of_a_small_vocabulary, 0, 2);
  Suite* suite = suite_create("toyworld words");
  suite_add_tcase(suite, captions);
  suite_add_tcase(suite, questions);
  return dali::run_suite(suite);
}
