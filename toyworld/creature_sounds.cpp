// SPDX-License-Identifier: LGPL-2.1-or-later
// The voices of the large world's creatures, as far as the small one lacks them.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "model/base/window.h"
#include "toyworld/sounds.h"
#include "toyworld/tone.h"

namespace dali {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kTurn = 2.0 * kPi;

}  // namespace

// Rows of short, nasal calls, each falling.
void add_duck(std::span<float> out, Random& random) {
  const double base_hz = random.uniform(210.0, 300.0);
  const double nose_hz = random.uniform(2000.0, 2600.0);
  const auto add_row = [&](double time_s) {
    const int quacks = random.between(2, 5);
    for (int quack = 0; quack < quacks; ++quack) {
      const double pitch_hz = base_hz * random.uniform(0.95, 1.05);
      const double duration_s = random.uniform(0.14, 0.22);
      add_voice(out,
                {.start_s = time_s,
                 .duration_s = duration_s,
                 .pitch_hz = [=](double progress) { return pitch_hz * (1.1 - 0.3 * progress); },
                 .harmonics = resonant_harmonics(20, pitch_hz, nose_hz, 700.0),
                 .attack_s = 0.008,
                 .release_s = 0.06,
                 .level = random.uniform(0.7, 1.0)});
      time_s += duration_s + random.uniform(0.06, 0.1);
    }
    return time_s;
  };
  add_again_and_again(out, random, {.before_first_s = 0.5, .shortest_s = 0.3, .longest_s = 0.9},
                      add_row);
}

// Long, deep calls that swell, rise a little and fall.
void add_cow(std::span<float> out, Random& random) {
  const double base_hz = random.uniform(95.0, 150.0);
  double time_s = random.uniform(0.0, 0.5);
  while (time_s < seconds_of(out)) {
    const double duration_s = random.uniform(1.1, 1.8);
    const double pitch_hz = base_hz * random.uniform(0.95, 1.05);
    add_voice(out, {.start_s = time_s,
                    .duration_s = duration_s,
                    .pitch_hz =
                        [=](double progress) {
                          return pitch_hz * (0.85 + 0.3 * std::sin(kPi * std::sqrt(progress)));
                        },
                    .harmonics = resonant_harmonics(14, pitch_hz, 480.0, 260.0),
                    .attack_s = 0.25,
                    .release_s = 0.4,
                    .level = random.uniform(0.8, 1.0)});
    time_s += duration_s + random.uniform(0.3, 0.9);
  }
}

// A voice that trembles: short pieces of it in a row, like a goat's.
void add_sheep(std::span<float> out, Random& random) {
  const double base_hz = random.uniform(310.0, 440.0);
  const double tremble_s = 1.0 / random.uniform(8.0, 11.0);
  const auto add_row = [&](double time_s) {
    const int pieces = random.between(6, 11);
    const double pitch_hz = base_hz * random.uniform(0.95, 1.05);
    for (int piece = 0; piece < pieces; ++piece) {
      const double sinking = 1.0 - 0.015 * piece;
      add_voice(out, {.start_s = time_s,
                      .duration_s = 0.85 * tremble_s,
                      .pitch_hz =
                          [=](double progress) {
                            return sinking * pitch_hz * (0.96 + 0.08 * std::sin(kPi * progress));
                          },
                      .harmonics = resonant_harmonics(12, pitch_hz, 1400.0, 600.0),
                      .attack_s = 0.02,
                      .release_s = 0.03,
                      .level = random.uniform(0.85, 1.0)});
      time_s += tremble_s;
    }
    return time_s;
  };
  add_again_and_again(out, random, {.before_first_s = 0.5, .shortest_s = 0.4, .longest_s = 1.0},
                      add_row);
}

// From very high quickly down, in waves, and a snort after it.
void add_horse(std::span<float> out, Random& random) {
  const double top_hz = random.uniform(950.0, 1300.0);
  const double wave_hz = random.uniform(11.0, 15.0);
  double time_s = random.uniform(0.0, 0.4);
  while (time_s < seconds_of(out)) {
    const double duration_s = random.uniform(1.0, 1.5);
    const double pitch_hz = top_hz * random.uniform(0.93, 1.07);
    add_voice(out, {.start_s = time_s,
                    .duration_s = duration_s,
                    .pitch_hz =
                        [=](double progress) {
                          const double wave = std::sin(kTurn * wave_hz * progress * duration_s);
                          return pitch_hz * (1.0 - 0.6 * progress) * (1.0 + 0.1 * wave);
                        },
                    .harmonics = resonant_harmonics(7, pitch_hz, 2300.0, 1100.0),
                    .attack_s = 0.06,
                    .release_s = 0.25,
                    .level = random.uniform(0.8, 1.0)});
    time_s += duration_s + 0.1;
    add_noise_burst(out, random, {time_s, 0.35, 500.0, 500.0, 0.12, 1.2});
    time_s += 0.35 + random.uniform(0.2, 0.8);
  }
}

// Low, rough bursts, many in a second.
void add_pig(std::span<float> out, Random& random) {
  const double throat_hz = random.uniform(330.0, 480.0);
  const double pitch_hz = random.uniform(65.0, 95.0);
  const auto add_row = [&](double time_s) {
    const int grunts = random.between(2, 5);
    for (int grunt = 0; grunt < grunts; ++grunt) {
      const double duration_s = random.uniform(0.1, 0.2);
      const double level = random.uniform(0.7, 1.0);
      add_voice(out,
                {.start_s = time_s,
                 .duration_s = duration_s,
                 .pitch_hz = [=](double progress) { return pitch_hz * (1.1 - 0.25 * progress); },
                 .harmonics = resonant_harmonics(12, pitch_hz, throat_hz, 180.0),
                 .attack_s = 0.02,
                 .release_s = 0.05,
                 .level = level});
      add_noise_burst(out, random, {time_s, duration_s, throat_hz, 400.0, 0.1, 0.9 * level});
      time_s += duration_s + random.uniform(0.05, 0.12);
    }
    return time_s;
  };
  add_again_and_again(out, random, {.before_first_s = 0.3, .shortest_s = 0.2, .longest_s = 0.7},
                      add_row);
}

// Two short notes, a long high one, and one that falls.
void add_rooster(std::span<float> out, Random& random) {
  struct Note {
    double ratio;
    double duration_s;
    double fall;
  };
  constexpr std::array<Note, 4> kNotes = {{
      {0.75, 0.16, 0.0},
      {0.95, 0.2, 0.0},
      {1.25, 0.5, 0.05},
      {1.05, 0.65, 0.4},
  }};
  const double base_hz = random.uniform(560.0, 760.0);
  const auto add_row = [&](double time_s) {
    const double haste = random.uniform(0.85, 1.15);
    for (const auto& [ratio, duration_s, fall] : kNotes) {
      const double pitch_hz = base_hz * ratio;
      add_voice(out,
                {.start_s = time_s,
                 .duration_s = duration_s * haste,
                 .pitch_hz = [=](double progress) { return pitch_hz * (1.0 - fall * progress); },
                 .harmonics = resonant_harmonics(9, pitch_hz, 2600.0, 1000.0),
                 .attack_s = 0.03,
                 .release_s = 0.06,
                 .level = random.uniform(0.8, 1.0)});
      time_s += duration_s * haste + 0.03;
    }
    return time_s;
  };
  add_again_and_again(out, random, {.before_first_s = 0.5, .shortest_s = 0.3, .longest_s = 0.9},
                      add_row);
}

// One long pure tone, then a short one and another long one.
void add_owl(std::span<float> out, Random& random) {
  constexpr std::array<double, 3> kHootSeconds = {0.35, 0.14, 0.6};
  const double base_hz = random.uniform(330.0, 480.0);
  const auto add_row = [&](double time_s) {
    for (const double duration_s : kHootSeconds) {
      add_voice(out, {.start_s = time_s,
                      .duration_s = duration_s,
                      .pitch_hz =
                          [=](double progress) {
                            return base_hz * (0.96 + 0.05 * std::sin(kPi * progress));
                          },
                      .harmonics = {1.0, 0.06, 0.03},
                      .attack_s = 0.05,
                      .release_s = 0.09,
                      .level = random.uniform(0.85, 1.0)});
      time_s += duration_s + random.uniform(0.1, 0.18);
    }
    return time_s;
  };
  add_again_and_again(out, random, {.before_first_s = 0.4, .shortest_s = 0.3, .longest_s = 0.9},
                      add_row);
}

// Breaths of very high noise.
void add_snake(std::span<float> out, Random& random) {
  const double centre_hz = random.uniform(5800.0, 7000.0);
  Resonator first(centre_hz, 1800.0);
  Resonator second(centre_hz, 2600.0);
  double time_s = random.uniform(0.0, 0.3);
  while (time_s < seconds_of(out)) {
    const double duration_s = random.uniform(0.6, 1.4);
    const double level = random.uniform(0.7, 1.0);
    const std::size_t begin = std::min(sample_at(time_s), out.size());
    const std::size_t end = std::min(sample_at(time_s + duration_s), out.size());
    for (std::size_t index = begin; index < end; ++index) {
      const double progress = static_cast<double>(index - begin) / static_cast<double>(end - begin);
      const double swell = level * std::sin(kPi * std::sqrt(progress));
      out[index] += static_cast<float>(swell * second(first(random.uniform(-1.0, 1.0))));
    }
    time_s += duration_s + random.uniform(0.2, 0.6);
  }
}

// Cries that rise and fall, with a drawn breath between them.
void add_baby(std::span<float> out, Random& random) {
  const double base_hz = random.uniform(390.0, 520.0);
  const auto add_cry = [&](double time_s) {
    const double duration_s = random.uniform(0.55, 0.95);
    const double pitch_hz = base_hz * random.uniform(0.96, 1.04);
    add_voice(out,
              {.start_s = time_s,
               .duration_s = duration_s,
               .pitch_hz =
                   [=](double progress) {
                     const double flutter = 0.03 * std::sin(kTurn * 22.0 * progress * duration_s);
                     return pitch_hz * (0.8 + 0.3 * std::sin(kPi * std::sqrt(progress)) + flutter);
                   },
               .harmonics = resonant_harmonics(13, pitch_hz, 1050.0, 450.0),
               .attack_s = 0.05,
               .release_s = 0.12,
               .level = random.uniform(0.85, 1.0)});
    time_s += duration_s;
    add_noise_burst(out, random, {time_s, 0.18, 2600.0, 1500.0, 0.2, 0.25});
    return time_s;
  };
  add_again_and_again(out, random, {.before_first_s = 0.4, .shortest_s = 0.2, .longest_s = 0.35},
                      add_cry);
}

}  // namespace dali
