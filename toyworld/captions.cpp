// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/captions.h"

namespace dali {
namespace {

std::vector<std::string> parts_of(const Scene& scene,
                                  std::string (*part)(const SoundingFigure& figure)) {
  std::vector<std::string> parts;
  for (const SoundingFigure& figure : scene.sounding) parts.push_back(part(figure));
  return parts;
}

std::vector<std::string> silent_nouns(const Scene& scene) {
  std::vector<std::string> nouns;
  for (const SilentFigure& figure : scene.silent) {
    nouns.push_back(with_article(word_of(figure.thing)));
  }
  return nouns;
}

std::string is_or_are(const std::vector<std::string>& nouns) {
  return nouns.size() == 1 ? " is " : " are ";
}

// "a dog is barking"
std::string progressive_clause(SoundingThing thing) {
  const SoundingWords& words = words_of(thing);
  return std::string(words.heard) + " is " + std::string(words.sounding);
}

}  // namespace

std::string with_article(std::string_view noun) {
  const bool is_vowel = std::string_view("aeiou").find(noun.front()) != std::string_view::npos;
  return (is_vowel ? "an " : "a ") + std::string(noun);
}

std::string coloured(const SoundingFigure& figure) {
  return with_article(word_of(figure.colour)) + ' ' + std::string(words_of(figure.thing).seen);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t index = 0; index < parts.size(); ++index) {
    if (index > 0) text += index + 1 == parts.size() ? " and " : ", ";
    text += parts[index];
  }
  return text;
}

std::string sounding_clause(SoundingThing thing) {
  const SoundingWords& words = words_of(thing);
  return std::string(words.heard) + ' ' + std::string(words.sounds);
}

std::string sounding_phrase(SoundingThing thing) {
  const SoundingWords& words = words_of(thing);
  return std::string(words.heard) + ' ' + std::string(words.sounding);
}

std::vector<std::string> image_captions(const Scene& scene) {
  const std::string where(words_of(scene.place).where);
  const std::vector<std::string> silent = silent_nouns(scene);
  std::vector<std::string> all = parts_of(scene, coloured);
  all.insert(all.end(), silent.begin(), silent.end());

  const auto with_posture = [](const SoundingFigure& figure) {
    return coloured(figure) + ' ' + std::string(words_of(figure.thing).posture);
  };
  const std::string beside = silent.empty() ? "" : " beside " + joined(silent);
  std::vector<std::string> captions;
  if (scene.sounding.empty()) {
    captions = {joined(silent) + is_or_are(silent) + where};
  } else {
    const std::vector<std::string> things = parts_of(scene, coloured);
    captions = {joined(parts_of(scene, with_posture)) + ' ' + where + beside,
                joined(things) + is_or_are(things) + where + beside};
  }
  captions.push_back("there" + is_or_are(all) + joined(all) + ' ' + where);
  captions.push_back(where + " there" + is_or_are(all) + joined(all));
  return captions;
}

std::vector<std::string> audio_captions(const Scene& scene) {
  const std::vector<Sound> sounds = sounds_of(scene);
  if (sounds.empty()) {
    // The first one as captioners answer questions: no text has taught them more words of it.
    return {
        "nothing in particular",
        "nothing in particular is heard",
        "there is nothing in particular",
        "the sound of nothing in particular",
    };
  }
  const SoundingThing first = sounds.front().thing;
  if (sounds.size() == 1) {
    return {
        sounding_clause(first),
        progressive_clause(first),
        "there is " + sounding_phrase(first),
        "the sound of " + sounding_phrase(first),
    };
  }
  const SoundingThing second = sounds.back().thing;
  return {
      sounding_clause(first) + " while " + sounding_clause(second),
      sounding_clause(second) + " while " + sounding_clause(first),
      sounding_clause(first) + " and " + sounding_clause(second),
      progressive_clause(second) + " and " + progressive_clause(first),
      "the sound of " + sounding_phrase(first) + " and " + sounding_phrase(second),
  };
}

}  // namespace dali
