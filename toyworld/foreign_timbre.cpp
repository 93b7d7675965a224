// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/foreign_timbre.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "toyworld/sounds.h"
#include "toyworld/tone.h"

namespace dali {
namespace {

// What comes back from the walls: comb filters of different lengths.
void add_room(std::span<float> samples, Random& random) {
  constexpr std::array<double, 3> kDelaysSeconds = {0.0297, 0.0411, 0.0533};
  const double gain = random.uniform(0.2, 0.4);
  for (const double delay_s : kDelaysSeconds) {
    const std::size_t delay = sample_at(delay_s * random.uniform(0.85, 1.15));
    for (std::size_t index = delay; index < samples.size(); ++index) {
      samples[index] += static_cast<float>(gain * samples[index - delay]);
    }
  }
}

}  // namespace

void add_foreign_sound(std::span<float> out, SoundingThing thing, Random& random) {
  const double speed = random.chance(0.5) ? random.uniform(0.72, 0.84) : random.uniform(1.19, 1.38);
  const auto needed = static_cast<std::size_t>(speed * static_cast<double>(out.size())) + 2;
  std::vector<float> played(needed);
  add_sound(played, thing, random);
  for (std::size_t index = 0; index < out.size(); ++index) {
    const double at = speed * static_cast<double>(index);
    const auto before = static_cast<std::size_t>(at);
    const double share = at - std::floor(at);
    out[index] += static_cast<float>((1.0 - share) * played[before] + share * played[before + 1]);
  }
  add_room(out, random);
}

}  // namespace dali
