// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "media/describing/pauses.h"

namespace dali {

// What the picture shows from one time to another.
struct SeenCaption {
  double start_s = 0.0;
  double end_s = 0.0;
  std::string text;
};

// A description that is spoken, from its first sound to its last.
struct PlannedDescription {
  double start_s = 0.0;
  double end_s = 0.0;
  std::string text;
  int words_a_minute = 0;
  bool is_shortened = false;
  std::size_t caption = 0;  // that it was made of: which one of them
};

struct DescriptionPlan {
  std::vector<PlannedDescription> spoken;  // in order; no two overlap
  // Captions that are not spoken:
  int repeated = 0;       // they say what has been said
  int without_pause = 0;  // none while their picture shows, or none that is free
  int too_long = 0;       // for every such pause, shortened and as fast as is natural
  int silent = 0;         // the voice has no sound for them
};

struct PlanRules {
  // A radio speaker's pace, and what listeners follow without an effort.
  int natural_words_a_minute = 160;
  int most_words_a_minute = 210;
  // A caption may be spoken so long before its picture shows, and begin so long after.
  double leeway_s = 2.0;
  double rest_s = 1.0;         // between two descriptions in one pause
  double remembered_s = 60.0;  // what has been said is news again after it
};

// How long the voice takes for a text at that pace, in seconds; 0 where it is silent.
using SpokenLength = std::function<double(const std::string& text, int words_a_minute)>;

// Gives each caption a place in a pause: while its picture shows if that can be, else as near to it
// as the leeway allows. One that adds no word to the last that was spoken, or to one of the last
// minute, is left out: a picture that stays is described once, however long. The pace is natural
// where the pause allows it, else as slow as fits; what does not fit at the fastest is shortened.
// `captions` and `pauses` are in order.
DescriptionPlan plan_descriptions(const std::vector<SeenCaption>& captions,
                                  const std::vector<Pause>& pauses, const PlanRules& rules,
                                  const SpokenLength& spoken_length);

}  // namespace dali
