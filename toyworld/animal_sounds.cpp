// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <numbers>

#include "toyworld/sounds.h"
#include "toyworld/tone.h"

namespace dali {

// Groups of short barks: a falling, rough pitch with a puff of noise.
void add_dog(std::span<float> out, Random& random) {
  const double base_hz = random.uniform(330.0, 560.0);
  const double bark_s = random.uniform(0.13, 0.21);
  const auto add_row = [&](double time_s) {
    const int barks = random.between(1, 3);
    for (int bark = 0; bark < barks; ++bark) {
      const double pitch_hz = base_hz * random.uniform(0.93, 1.07);
      const double level = random.uniform(0.7, 1.0);
      add_voice(out, {.start_s = time_s,
                      .duration_s = bark_s,
                      .pitch_hz =
                          [=](double progress) {
                            return pitch_hz *
                                   (0.75 + 0.4 * std::sin(std::numbers::pi * std::sqrt(progress)));
                          },
                      .harmonics = resonant_harmonics(10, pitch_hz, 1100.0, 500.0),
                      .attack_s = 0.012,
                      .release_s = 0.6 * bark_s,
                      .level = level});
      add_noise_burst(out, random,
                      {.start_s = time_s,
                       .duration_s = bark_s,
                       .centre_hz = 1300.0,
                       .width_hz = 1200.0,
                       .decay_s = 0.5 * bark_s,
                       .level = 0.35 * level});
      time_s += bark_s + random.uniform(0.12, 0.25);
    }
    return time_s;
  };
  add_again_and_again(out, random, {.before_first_s = 0.6, .shortest_s = 0.4, .longest_s = 1.1},
                      add_row);
}

// Long meows, each rising and then falling.
void add_cat(std::span<float> out, Random& random) {
  const double base_hz = random.uniform(480.0, 720.0);
  double time_s = random.uniform(0.0, 0.6);
  while (time_s < seconds_of(out)) {
    const double duration_s = random.uniform(0.7, 1.1);
    const double pitch_hz = base_hz * random.uniform(0.92, 1.08);
    const double rise = random.uniform(0.25, 0.45);
    add_voice(out, {.start_s = time_s,
                    .duration_s = duration_s,
                    .pitch_hz =
                        [=](double progress) {
                          return pitch_hz * (0.85 + rise * std::sin(std::numbers::pi * progress));
                        },
                    .harmonics = resonant_harmonics(9, pitch_hz, 1900.0, 900.0),
                    .attack_s = 0.12,
                    .release_s = 0.3,
                    .level = random.uniform(0.7, 1.0)});
    time_s += duration_s + random.uniform(0.4, 1.3);
  }
}

// Phrases of quick, high sweeps.
void add_bird(std::span<float> out, Random& random) {
  const double base_hz = random.uniform(3000.0, 4400.0);
  const double sweep = random.chance(0.5) ? random.uniform(0.2, 0.5) : random.uniform(-0.35, -0.2);
  const double chirp_s = random.uniform(0.05, 0.11);
  const double gap_s = random.uniform(0.03, 0.08);
  const auto add_row = [&](double time_s) {
    const int chirps = random.between(3, 8);
    for (int chirp = 0; chirp < chirps; ++chirp) {
      const double pitch_hz = base_hz * random.uniform(0.95, 1.12);
      add_voice(out,
                {.start_s = time_s,
                 .duration_s = chirp_s,
                 .pitch_hz = [=](double progress) { return pitch_hz * (1 + sweep * progress); },
                 .harmonics = {1.0, 0.1},
                 .attack_s = 0.01,
                 .release_s = 0.02,
                 .level = random.uniform(0.6, 1.0)});
      time_s += chirp_s + gap_s;
    }
    return time_s;
  };
  add_again_and_again(out, random, {.before_first_s = 0.5, .shortest_s = 0.25, .longest_s = 0.9},
                      add_row);
}

// Croaks: slow trains of low, resonating clicks, often in pairs.
void add_frog(std::span<float> out, Random& random) {
  const double clicks_hz = random.uniform(26.0, 42.0);
  const double throat_hz = random.uniform(650.0, 1050.0);
  const bool is_double = random.chance(0.5);
  double time_s = random.uniform(0.0, 0.5);
  while (time_s < seconds_of(out)) {
    const double croak_s = random.uniform(0.3, 0.55);
    const double level = random.uniform(0.7, 1.0);
    for (double click_s = 0.0; click_s < croak_s; click_s += 1.0 / clicks_hz) {
      const double swell = level * std::sin(std::numbers::pi * (click_s + 0.01) / (croak_s + 0.02));
      const double start_s = time_s + click_s + random.uniform(0.0, 0.002);
      add_partial(out, {start_s, throat_hz, 0.006, swell});
      add_partial(out, {start_s, 2.3 * throat_hz, 0.004, 0.5 * swell});
      add_partial(out, {start_s, 0.4 * throat_hz, 0.008, 0.4 * swell});
    }
    time_s += croak_s + (is_double && random.chance(0.5) ? 0.12 : random.uniform(0.35, 0.9));
  }
}

// An unbroken buzz with wandering pitch, nearer and farther.
void add_bee(std::span<float> out, Random& random) {
  const double base_hz = random.uniform(170.0, 260.0);
  const double wander_hz = random.uniform(0.4, 1.1);
  const double depth = random.uniform(0.05, 0.1);
  const double phase = random.uniform();
  double time_s = 0.0;
  while (time_s < seconds_of(out)) {
    const double flight_s = random.uniform(1.5, 4.0);
    const double drift = random.uniform(-0.08, 0.08);
    const double start_s = time_s;
    const double turn = 2.0 * std::numbers::pi;
    add_voice(out, {.start_s = start_s,
                    .duration_s = flight_s,
                    .pitch_hz =
                        [=](double progress) {
                          const double now_s = start_s + progress * flight_s;
                          const double wander = std::sin(turn * (wander_hz * now_s + phase)) +
                                                0.3 * std::sin(31.0 * now_s);
                          return base_hz * (1.0 + drift * progress + depth * wander);
                        },
                    .harmonics = resonant_harmonics(24, base_hz, 700.0, 900.0),
                    .attack_s = 0.25,
                    .release_s = 0.35,
                    .level = random.uniform(0.6, 1.0)});
    time_s += flight_s - random.uniform(0.1, 0.3);
  }
}

}  // namespace dali
