// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include "training/evaluate/metric.h"
#include "training/evaluate/off_screen_scores.h"
#include "training/evaluate/sound_accuracy.h"

namespace dali {

// What is counted of captions in the toy world, where it is known what sounds and what shows.
struct ToyWorldCounts {
  SoundAccuracy sounds;
  ImageBias bias;
  OffScreenScores off_screen;
};

struct ToyWorldMetric {
  Metric about;
  double (*of)(const ToyWorldCounts& counts);
};

// Metrics over the same clips.
struct ToyWorldMetrics {
  const char* key;    // in scores.json
  const char* title;  // above the metrics' own
  int (*clips)(const ToyWorldCounts& counts);
  std::span<const ToyWorldMetric> metrics;  // at least one
};

// All there are, in the order in which they are printed.
std::span<const ToyWorldMetrics> toyworld_metrics();

}  // namespace dali
