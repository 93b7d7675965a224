// SPDX-License-Identifier: LGPL-2.1-or-later
// What the large world's objects sound like, as far as the small one lacks them.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "model/base/window.h"
#include "toyworld/sounds.h"
#include "toyworld/tone.h"

namespace dali {
namespace {

constexpr double kTurn = 2.0 * std::numbers::pi;

double time_of(std::size_t index) {
  return static_cast<double>(index) / kSampleRateHz;
}

}  // namespace

// Two tones in quick turn, for some tenths of a second; mostly two such beeps in a row.
void add_telephone(std::span<float> out, Random& random) {
  const double low_hz = random.uniform(950.0, 1300.0);
  const double high_hz = low_hz * random.uniform(1.2, 1.3);
  const double turns_hz = random.uniform(16.0, 24.0);
  const auto add_row = [&](double time_s) {
    const double duration_s = random.uniform(0.35, 0.5);
    for (int beep = 0; beep < 2; ++beep) {
      add_voice(out, {.start_s = time_s,
                      .duration_s = duration_s,
                      .pitch_hz =
                          [=](double progress) {
                            const double turn = progress * duration_s * turns_hz;
                            return turn - std::floor(turn) < 0.5 ? low_hz : high_hz;
                          },
                      .harmonics = {1.0, 0.15, 0.25},
                      .attack_s = 0.005,
                      .release_s = 0.01,
                      .level = 1.0});
      time_s += duration_s + 0.2;
    }
    return time_s;
  };
  add_again_and_again(out, random, {.before_first_s = 0.4, .shortest_s = 0.4, .longest_s = 1.0},
                      add_row);
}

// Single notes and pairs of them, high in the scale, that ring on.
void add_piano(std::span<float> out, Random& random) {
  constexpr std::array<double, 8> kSemitones = {0, 2, 4, 7, 9, 12, 14, 16};
  const double lowest_hz = random.uniform(420.0, 620.0);
  const double beat_s = random.uniform(0.2, 0.36);
  const auto strike = [&](double start_s, int note, double level) {
    const double pitch_hz =
        lowest_hz * std::exp2(kSemitones[static_cast<std::size_t>(note)] / 12.0);
    for (int number = 1; number <= 6; ++number) {
      add_partial(out, {.start_s = start_s,
                        .frequency_hz = number * pitch_hz * (1.0 + 0.0004 * number * number),
                        .decay_s = 0.7 / std::sqrt(number),
                        .level = level / std::pow(number, 1.3)});
    }
    add_noise_burst(out, random, {start_s, 0.03, 1200.0, 1200.0, 0.008, 0.5 * level});
  };
  double time_s = random.uniform(0.0, 0.3);
  int note = 3;
  while (time_s < seconds_of(out)) {
    const double level = random.uniform(0.6, 1.0);
    note = std::clamp(note + random.between(-2, 2), 0, 7);
    strike(time_s, note, level);
    if (random.chance(0.35)) strike(time_s, (note + 3) % 8, 0.8 * level);
    time_s += beat_s * (random.chance(0.2) ? 2.0 : 1.0);
  }
}

// Calls on the tones of a chord, bright, the last one held.
void add_trumpet(std::span<float> out, Random& random) {
  constexpr std::array<double, 4> kRatios = {1.0, 1.25, 1.5, 2.0};
  const double base_hz = random.uniform(260.0, 350.0);
  const auto add_row = [&](double time_s) {
    const int notes = random.between(3, 6);
    for (int note = 0; note < notes; ++note) {
      const bool is_last = note + 1 == notes;
      const double pitch_hz = base_hz * random.pick(std::span<const double>(kRatios));
      const double duration_s = is_last ? random.uniform(0.5, 0.9) : random.uniform(0.1, 0.2);
      add_voice(out, {.start_s = time_s,
                      .duration_s = duration_s,
                      .pitch_hz =
                          [=](double progress) {
                            const double vibrato =
                                is_last ? 0.012 * std::sin(kTurn * 5.5 * progress * duration_s)
                                        : 0.0;
                            return pitch_hz * (1.0 - 0.05 * std::exp(-30.0 * progress) + vibrato);
                          },
                      .harmonics = {0.5, 0.8, 1.0, 0.95, 0.8, 0.65, 0.5, 0.35, 0.25, 0.18, 0.12},
                      .attack_s = 0.03,
                      .release_s = 0.04,
                      .level = 0.25 * random.uniform(0.85, 1.0)});
      time_s += duration_s + 0.03;
    }
    return time_s;
  };
  add_again_and_again(out, random, {.before_first_s = 0.4, .shortest_s = 0.3, .longest_s = 0.9},
                      add_row);
}

// Rows of blows: a dull thud under a short ring of metal.
void add_hammer(std::span<float> out, Random& random) {
  const double thud_hz = random.uniform(240.0, 380.0);
  const double ring_hz = random.uniform(1500.0, 2200.0);
  const double period_s = random.uniform(0.2, 0.32);
  const auto add_row = [&](double time_s) {
    const int blows = random.between(3, 6);
    for (int blow = 0; blow < blows; ++blow) {
      const double level = random.uniform(0.75, 1.0);
      add_partial(out, {time_s, thud_hz, 0.035, level});
      add_partial(out, {time_s, 1.6 * thud_hz, 0.02, 0.5 * level});
      add_partial(out, {time_s, ring_hz, 0.07, 0.4 * level});
      add_partial(out, {time_s, 2.76 * ring_hz, 0.04, 0.2 * level});
      add_noise_burst(out, random, {time_s, 0.04, 1100.0, 1200.0, 0.012, 1.2 * level});
      time_s += period_s * random.uniform(0.95, 1.05);
    }
    return time_s;
  };
  add_again_and_again(out, random, {.before_first_s = 0.3, .shortest_s = 0.25, .longest_s = 0.8},
                      add_row);
}

// Strokes forth and back of noise that the teeth chop.
void add_saw(std::span<float> out, Random& random) {
  const double teeth_hz = random.uniform(55.0, 85.0);
  const double centre_hz = random.uniform(1500.0, 2200.0);
  const double stroke_s = random.uniform(0.26, 0.42);
  Resonator forth(centre_hz, 1300.0);
  Resonator back(0.6 * centre_hz, 900.0);
  const double phase = random.uniform();
  for (std::size_t index = 0; index < out.size(); ++index) {
    const double cycle = time_of(index) / (2.0 * stroke_s) + phase;
    const double progress = cycle - std::floor(cycle);
    const bool is_forth = progress < 0.55;
    const double within = is_forth ? progress / 0.55 : (progress - 0.55) / 0.45;
    const double bow = std::pow(std::sin(std::numbers::pi * within), 0.7);
    const double tooth = time_of(index) * teeth_hz * (0.7 + 0.6 * within);
    const double chop = 0.25 + 0.75 * (tooth - std::floor(tooth));
    const double noise = random.uniform(-1.0, 1.0);
    out[index] += static_cast<float>(bow * chop * (is_forth ? forth(noise) : 0.5 * back(noise)));
  }
}

// A whistle that does not end, with steam in it.
void add_kettle(std::span<float> out, Random& random) {
  const double tone_hz = random.uniform(2100.0, 2900.0);
  const double flutter_hz = random.uniform(5.0, 8.0);
  const double sway_hz = random.uniform(0.15, 0.4);
  const double phase = random.uniform();
  const double total_s = seconds_of(out);
  add_voice(out, {.start_s = 0.0,
                  .duration_s = total_s,
                  .pitch_hz =
                      [=](double progress) {
                        const double time_s = progress * total_s;
                        return tone_hz *
                               (1.0 + 0.04 * std::sin(kTurn * (sway_hz * time_s + phase)) +
                                0.008 * std::sin(kTurn * flutter_hz * time_s));
                      },
                  .harmonics = {1.0, 0.3, 0.05},
                  .attack_s = 0.3,
                  .release_s = 0.1,
                  .level = 0.5});
  Resonator steam(tone_hz, 1500.0);
  for (float& sample : out) sample += static_cast<float>(0.35 * steam(random.uniform(-1.0, 1.0)));
}

// An engine whose speed goes up and down again and again.
void add_motorcycle(std::span<float> out, Random& random) {
  const double idle_hz = random.uniform(38.0, 55.0);
  double time_s = 0.0;
  while (time_s < seconds_of(out)) {
    const double duration_s = random.uniform(1.1, 2.4);
    const double rise = random.uniform(0.8, 1.5);
    const double level = random.uniform(0.8, 1.0);
    add_voice(out, {.start_s = time_s,
                    .duration_s = duration_s,
                    .pitch_hz =
                        [=](double progress) {
                          const double revving =
                              std::sin(std::numbers::pi * std::pow(progress, 0.7));
                          return idle_hz * (1.0 + rise * revving);
                        },
                    .harmonics = resonant_harmonics(26, 1.6 * idle_hz, 320.0, 260.0),
                    .attack_s = 0.05,
                    .release_s = 0.05,
                    .level = level});
    add_noise_burst(out, random,
                    {time_s, duration_s, 700.0, 900.0, 0.6 * duration_s, 0.15 * level});
    time_s += duration_s - 0.04;
  }
}

// Cracks of all strengths at any time, over a low breath.
void add_fire(std::span<float> out, Random& random) {
  Resonator breath(random.uniform(120.0, 220.0), 200.0);
  for (float& sample : out) sample += static_cast<float>(0.12 * breath(random.uniform(-1.0, 1.0)));
  const double cracks_hz = random.uniform(11.0, 20.0);
  double time_s = 0.0;
  while (time_s < seconds_of(out)) {
    const double strength = random.uniform();
    const double level = 0.15 + 1.6 * strength * strength * strength;
    add_noise_burst(out, random,
                    {.start_s = time_s,
                     .duration_s = 0.03,
                     .centre_hz = random.uniform(1400.0, 4500.0),
                     .width_hz = 2500.0,
                     .decay_s = random.uniform(0.002, 0.006),
                     .level = level});
    time_s += random.uniform(0.0, 2.0) / cracks_hz;
  }
}

// Bounces that come faster and faster, then the ball is thrown again.
void add_ball(std::span<float> out, Random& random) {
  const double skin_hz = random.uniform(170.0, 270.0);
  const double shrink = random.uniform(0.76, 0.84);
  const auto add_row = [&](double time_s) {
    double pause_s = random.uniform(0.45, 0.65);
    double level = 1.0;
    while (pause_s > 0.06) {
      add_voice(out, {.start_s = time_s,
                      .duration_s = 0.12,
                      .pitch_hz =
                          [=](double progress) {
                            return skin_hz * (1.0 + 0.5 * std::exp(-12.0 * progress));
                          },
                      .harmonics = {1.0, 0.25},
                      .attack_s = 0.002,
                      .release_s = 0.1,
                      .level = level});
      add_partial(out, {time_s, 3.1 * skin_hz, 0.05, 0.4 * level});
      time_s += pause_s;
      pause_s *= shrink;
      level *= 0.93;
    }
    return time_s;
  };
  add_again_and_again(out, random, {.before_first_s = 0.3, .shortest_s = 0.2, .longest_s = 0.5},
                      add_row);
}

}  // namespace dali
