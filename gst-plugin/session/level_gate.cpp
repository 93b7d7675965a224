// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/level_gate.h"

#include <algorithm>
#include <cmath>

#include "gst-plugin/session/level_meter.h"

namespace dali {

bool LevelGate::is_open(const SampledWindow& window) {
  const double threshold = std::pow(10.0, window.filter.silence_threshold_db / 10.0);
  // Overlapping windows bring the same sound twice: what was heard before this one began counts.
  bool is_open =
      heard_until_ns_ && window.span.start_ns < *heard_until_ns_ + window.filter.silence_hold_ns;
  std::size_t end = 0;
  for (const float level : known_levels(window.levels, window.samples)) {
    end = std::min(end + kLevelPieceSamples, window.samples.size());
    // Written so that a level that is not a number counts as sound.
    if (level < threshold) continue;
    heard_until_ns_ = window.span.start_ns + static_cast<std::int64_t>(end) * kNanosecondsPerSample;
    is_open = true;
  }
  return is_open;
}

}  // namespace dali
