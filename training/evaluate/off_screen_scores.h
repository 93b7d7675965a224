// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "media/clips/manifest.h"
#include "model/base/caption.h"
#include "training/evaluate/sound_accuracy.h"

namespace dali {

// How well what captions name is told apart into what is heard and not seen and what can be seen,
// by how much likelier the sound makes its name: from a gain on, it counts as not seen.
class OffScreenScores {
 public:
  explicit OffScreenScores(double least_gain = kOffScreenGain) : least_gain_(least_gain) {}

  // A caption's words with their gains. A thing's gain is the mean of those of the words that name
  // it. Counted are the things that the clip says to sound or to show; what is neither heard nor
  // seen is a caption's mistake, which other figures tell.
  void add(const std::vector<WeighedWord>& words, const Clip& clip, const ClassWords& classes);

  int captions() const { return captions_; }  // with something to count
  double precision() const;  // of the things taken for unseen, how many are; without any, 0
  double recall() const;     // of the unseen things, how many are taken for such; without any, 0
  double f1() const;         // the harmonic mean of the two
  // Of pairs of an unseen and a seen thing, in how many the unseen one has the larger gain; equal
  // ones count half. Without such pairs 0.
  double area_under_curve() const;
  // The least gain with which F1 would be largest: in the middle between two things' gains. Without
  // unseen things the gain that is used.
  double best_gain() const;

 private:
  struct Thing {
    double gain = 0.0;
    bool is_unseen = false;
  };
  struct Counts {
    int unseen = 0;  // all of them
    int taken = 0;   // for unseen
    int right = 0;   // of these
    double f1() const;
  };
  Counts counts(double least_gain) const;

  double least_gain_;
  std::vector<Thing> things_;
  int captions_ = 0;
};

}  // namespace dali
