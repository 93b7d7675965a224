// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/describing/pauses.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace dali {

double quiet_lufs(double integrated_lufs, const PauseRules& rules) {
  return std::max(rules.silent_lufs, integrated_lufs - rules.below_programme_lu);
}

std::vector<Pause> pauses_of(const ProgrammeLoudness& loudness, double duration_s,
                             const PauseRules& rules) {
  const double quiet_below_lufs = quiet_lufs(loudness.integrated_lufs, rules);
  std::vector<Pause> pauses;
  const auto add = [&](double start_s, double end_s) {
    if (pauses.empty() || pauses.back().end_s < start_s) {
      pauses.push_back({start_s, end_s});
    } else {
      pauses.back().end_s = std::max(pauses.back().end_s, end_s);
    }
  };
  const std::size_t steps = loudness.momentary_lufs.size();
  for (std::size_t i = 0; i < steps; ++i) {
    const double end_s = static_cast<double>(i + 1) * loudness.step_s;
    // Written so that what is not a number counts as sound. All of a quiet block is quiet.
    if (loudness.momentary_lufs[i] < quiet_below_lufs)
      add(std::max(end_s - kMomentaryS, 0.0), end_s);
  }
  const double sound_end_s = std::min(static_cast<double>(steps) * loudness.step_s, duration_s);
  if (sound_end_s < duration_s) add(sound_end_s, duration_s);

  // At the medium's beginning and end nothing is near that they could run into.
  for (Pause& pause : pauses) {
    if (pause.start_s > 0.0) pause.start_s += rules.distance_s;
    pause.end_s = std::min(pause.end_s, duration_s);
    if (pause.end_s < duration_s) pause.end_s -= rules.distance_s;
  }
  std::erase_if(pauses, [](const Pause& pause) { return pause.length_s() <= 0.0; });
  return pauses;
}

}  // namespace dali
