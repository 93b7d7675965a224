// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/questions.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

#include "toyworld/captions.h"

namespace dali {
namespace {

constexpr std::uint64_t kCorpusSeed = 1;
constexpr int kCorpusScenes = 1500;
constexpr int kCorpusTextsPerScene = 2;

std::string one_of(Random& random, std::initializer_list<std::string_view> wordings) {
  return std::string(random.pick(std::span<const std::string_view>(wordings)));
}

std::string the(std::string_view noun) {
  return "the " + std::string(noun);
}

const SoundingFigure& any_figure(const Scene& scene, Random& random) {
  return random.pick(std::span<const SoundingFigure>(scene.sounding));
}

std::string clauses_of(const Scene& scene) {
  std::string clauses;
  for (const SoundingFigure& figure : scene.sounding) {
    if (!clauses.empty()) clauses += " while ";
    clauses += sounding_clause(figure.thing);
  }
  return clauses;
}

std::string phrases_of(const Scene& scene) {
  if (scene.sounding.empty()) return "nothing in particular";
  std::vector<std::string> phrases;
  for (const SoundingFigure& figure : scene.sounding) {
    phrases.push_back(sounding_phrase(figure.thing));
  }
  return joined(phrases);
}

QuestionAndAnswer describe_picture(const Scene& scene, Random& random) {
  const std::vector<std::string> captions = image_captions(scene);
  return {one_of(random, {"Describe the picture.", "Describe this scene.",
                          "What can be seen in this picture?", "What do you see?"}),
          random.pick(std::span<const std::string>(captions))};
}

QuestionAndAnswer list_things(const Scene& scene, Random& random) {
  std::vector<std::string> nouns;
  for (const SoundingFigure& figure : scene.sounding) {
    nouns.push_back(with_article(words_of(figure.thing).seen));
  }
  for (const SilentFigure& figure : scene.silent) {
    nouns.push_back(with_article(word_of(figure.thing)));
  }
  return {one_of(random, {"What things are there?", "Which things can be seen?"}), joined(nouns)};
}

QuestionAndAnswer ask_colour(const Scene& scene, Random& random) {
  const SoundingFigure& figure = any_figure(scene, random);
  const std::string thing = the(words_of(figure.thing).seen);
  return {
      random.chance(0.5) ? "What colour is " + thing + '?' : "What is the colour of " + thing + '?',
      std::string(word_of(figure.colour))};
}

QuestionAndAnswer ask_side(const Scene& scene, Random& random) {
  const SoundingFigure& figure = any_figure(scene, random);
  const std::string_view side = figure.centre_x < 0.4   ? "on the left"
                                : figure.centre_x > 0.6 ? "on the right"
                                                        : "in the middle";
  return {"On which side is " + the(words_of(figure.thing).seen) + '?', std::string(side)};
}

QuestionAndAnswer ask_place(const Scene& scene, Random& random) {
  return {one_of(random, {"Where is this?", "Which place is it?"}),
          std::string(words_of(scene.place).where)};
}

QuestionAndAnswer ask_count(const Scene& scene, Random& random) {
  constexpr std::array<std::string_view, 5> kNumbers = {"none", "one", "two", "three", "four"};
  if (random.chance(0.5)) {
    return {"How many things make a sound?", std::string(kNumbers[scene.sounding.size()])};
  }
  return {"How many things are there?",
          std::string(kNumbers[scene.sounding.size() + scene.silent.size()])};
}

QuestionAndAnswer ask_presence(const Scene& scene, Random& random) {
  std::vector<std::string_view> present;
  for (const SoundingFigure& figure : scene.sounding) {
    present.push_back(words_of(figure.thing).seen);
  }
  for (const SilentFigure& figure : scene.silent) present.push_back(word_of(figure.thing));

  std::string_view asked;
  if (random.chance(0.5)) {
    asked = random.pick(std::span<const std::string_view>(present));
  } else if (random.chance(0.7)) {
    asked =
        words_of(static_cast<SoundingThing>(random.below(sounding_things_of(scene.world)))).seen;
  } else {
    asked = word_of(static_cast<SilentThing>(random.below(kSilentThings)));
  }
  const bool is_present = std::find(present.begin(), present.end(), asked) != present.end();
  return {"Is there " + with_article(asked) + '?', is_present ? "yes" : "no"};
}

QuestionAndAnswer ask_what_might_be_heard(const Scene& scene, Random& random) {
  std::string question =
      one_of(random, {"What might be heard in this scene?", "What might this scene sound like?",
                      "Which sounds might be heard here?"});
  // A captioner that has said clauses of single things alone says the same thing in both.
  const bool is_in_clauses =
      scene.world != World::kSmall && !scene.sounding.empty() && random.chance(0.5);
  return {std::move(question),
          "probably " + (is_in_clauses ? clauses_of(scene) : phrases_of(scene))};
}

QuestionAndAnswer ask_sound_of_figure(const Scene& scene, Random& random) {
  const SoundingFigure& figure = any_figure(scene, random);
  return {"What might be heard from " + the(words_of(figure.thing).seen) + '?',
          "probably " + sounding_phrase(figure.thing)};
}

// Two different sounding things.
std::array<SoundingThing, 2> two_things(Random& random, World world) {
  const int things = sounding_things_of(world);
  const int first = random.below(things);
  const int second = (first + random.between(1, things - 1)) % things;
  return {static_cast<SoundingThing>(first), static_cast<SoundingThing>(second)};
}

}  // namespace

std::vector<QuestionAndAnswer> questions_about(const Scene& scene, Random& random) {
  struct Kind {
    QuestionAndAnswer (*ask)(const Scene& scene, Random& random);
    bool needs_figure = false;
  };
  constexpr std::array<Kind, 9> kKinds = {{{describe_picture},
                                           {list_things},
                                           {ask_colour, true},
                                           {ask_side, true},
                                           {ask_place},
                                           {ask_count},
                                           {ask_presence},
                                           {ask_what_might_be_heard},
                                           {ask_sound_of_figure, true}}};
  std::vector<QuestionAndAnswer> questions;
  for (const Kind& kind : kKinds) {
    if (!kind.needs_figure || !scene.sounding.empty()) questions.push_back(kind.ask(scene, random));
  }
  // Here there is the most to learn of it.
  if (scene.world != World::kSmall) questions.push_back(ask_what_might_be_heard(scene, random));
  return questions;
}

QuestionAndAnswer plain_text_about_sounds(Random& random, World world) {
  const auto [thing, other] = two_things(random, world);
  const SoundingWords& words = words_of(thing);
  const std::string noun = with_article(words.seen);
  const std::string other_noun = with_article(words_of(other).seen);
  const std::string both = sounding_clause(thing) + " while " + sounding_clause(other);
  switch (random.below(10)) {
    case 0:
      return {"What does " + noun + " sound like?", sounding_clause(thing)};
    case 1:
      return {"What sound does " + noun + " make?", sounding_phrase(thing)};
    case 2:
      return {"What is " + std::string(words.sounding) + '?', noun};
    case 3:
      return {"What can be heard when there is " + noun + '?', sounding_clause(thing)};
    case 4:
      return {"What can be heard when there are " + noun + " and " + other_noun + '?', both};
    case 5:
      return {"What do " + noun + " and " + other_noun + " sound like?", both};
    case 6: {
      const auto silent = static_cast<SilentThing>(random.below(kSilentThings));
      return {"Does " + with_article(word_of(silent)) + " make a sound?", "no"};
    }
    case 7:
      return {"Does " + noun + " make a sound?", "yes, " + sounding_clause(thing)};
    case 8:
      return {"", random.chance(0.5) ? sounding_clause(thing) : both};
    default:
      return {"", "the sound of " + sounding_phrase(thing) + " comes from " + noun};
  }
}

std::vector<std::string> caption_corpus(World world) {
  std::vector<std::string> corpus;
  const auto add = [&](const QuestionAndAnswer& turn) {
    corpus.push_back(turn.question.empty()
                         ? turn.answer
                         : "USER: " + turn.question + " ASSISTANT: " + turn.answer);
  };
  Random random(kCorpusSeed);
  for (int index = 0; index < kCorpusScenes; ++index) {
    const Scene scene =
        make_scene(kCorpusSeed, static_cast<std::uint64_t>(index), {.world = world});
    for (std::string& caption : image_captions(scene)) corpus.push_back(std::move(caption));
    for (std::string& caption : audio_captions(scene)) corpus.push_back(std::move(caption));
    for (const QuestionAndAnswer& turn : questions_about(scene, random)) add(turn);
    for (int text = 0; text < kCorpusTextsPerScene; ++text)
      add(plain_text_about_sounds(random, world));
  }
  return corpus;
}

}  // namespace dali
