// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "toyworld/scene.h"

namespace dali {

// The scene as it sounds: mono, [-1, 1], kSampleRateHz, kSceneSeconds long. Every sounding thing is
// audible over the noise of the place: in the small world clearly, in the others some barely. The
// same scene gives the same samples.
std::vector<float> synthesise(const Scene& scene);

// From when to when each of sounds_of() is heard, to 10 ms: a thing may begin a little after its
// time's start and cease before its end.
std::vector<SoundTime> audible_times(const Scene& scene);

// What scenes are made of, for longer things than scenes. `seed` is of what varies.

struct LoneSound {
  SoundingThing thing = SoundingThing::kDog;
  std::uint64_t seed = 0;
  std::size_t start = 0;  // samples before it
  std::size_t end = 0;    // and to where it sounds
  bool has_soft_ends = false;
  std::optional<double>
      level;  // of its loudest moment, root mean square; nothing: as scenes have it
};
// `count` samples with one thing's sound.
std::vector<float> sound_alone(World world, const LoneSound& sound, std::size_t count);

// The noise of a place alone.
std::vector<float> place_noise(World world, Place place, std::uint64_t seed, std::size_t count);

// From when to when samples of a sound alone are heard, in seconds.
SoundTime audible_time(std::span<const float> samples);

// Softens the first and the last 20 ms.
void fade(std::span<float> samples);

// So much is at most in what is synthesised: where there would be more, all of it is quieter.
inline constexpr double kHighestPeak = 0.9;
double peak_of(std::span<const float> samples);

}  // namespace dali
