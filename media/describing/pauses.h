// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "media/describing/programme_loudness.h"

namespace dali {

struct PauseRules {
  // What is so much quieter than the programme is no speech that anybody is meant to follow.
  double below_programme_lu = 15.0;
  // Whatever the programme's loudness: the silence threshold of dalicaptioner.
  double silent_lufs = -60.0;
  // From the programme's last sound to the description's first, and the other way round: what
  // follows too close runs into one sentence.
  double distance_s = 0.3;
};

// What is quieter than this is a pause, in a programme of that loudness.
double quiet_lufs(double integrated_lufs, const PauseRules& rules);

// A stretch in which a description may be heard: the rules' distances are taken off.
struct Pause {
  double start_s = 0.0;
  double end_s = 0.0;
  bool operator==(const Pause&) const = default;

  double length_s() const { return end_s - start_s; }
};

// In order. Each is as long as it can be, and nothing in it is louder than the rules allow,
// measured over 400 ms. `duration_s`: of the medium, whose sound may end before; all that is behind
// its end is a pause, as is a programme without sound.
std::vector<Pause> pauses_of(const ProgrammeLoudness& loudness, double duration_s,
                             const PauseRules& rules);

}  // namespace dali
