// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <span>

namespace dali {

// When a sound starts and ends, in slices of its window: 2.5 is the middle of the third.
struct SoundSpan {
  double start = 0.0;
  double end = 0.0;
};

// What a word loses, in nats, when parts of the window's sound are hidden. Both have a value for
// each border between slices, the window's two ends included.
struct WordLosses {
  std::span<const double> hidden_after;   // all behind the border is hidden: all, then less, none
  std::span<const double> hidden_before;  // all before it: none, then more, all
};

// The sound starts where enough of it has been heard for the word to be likely again, and ends
// where enough of it is gone. Nothing for a word that loses too little even when all is hidden: it
// was not said for what sounds.
std::optional<SoundSpan> sound_span(const WordLosses& losses);

}  // namespace dali
