// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <numbers>

#include "model/base/window.h"
#include "toyworld/sounds.h"
#include "toyworld/tone.h"

namespace dali {
namespace {

constexpr double kTurn = 2.0 * std::numbers::pi;

}  // namespace

// A siren without a pause: a slow wail up and down, or two tones in turn.
void add_siren(std::span<float> out, Random& random) {
  const double low_hz = random.uniform(520.0, 700.0);
  const double high_hz = low_hz * random.uniform(1.7, 2.2);
  const double period_s = random.uniform(1.6, 3.6);
  const double phase = random.uniform();
  const bool is_two_tone = random.chance(0.3);
  const double fourth_hz = low_hz * 1.335;
  const double total_s = seconds_of(out);
  const auto pitch_hz = [=](double progress) {
    const double cycle = progress * total_s / period_s + phase;
    if (is_two_tone) return 1.2 * (cycle - std::floor(cycle) < 0.5 ? low_hz : fourth_hz);
    return low_hz + (high_hz - low_hz) * (0.5 - 0.5 * std::cos(kTurn * cycle));
  };
  add_voice(out, {.start_s = 0.0,
                  .duration_s = total_s,
                  .pitch_hz = pitch_hz,
                  .harmonics = {1.0, 0.35, 0.2, 0.1, 0.05},
                  .attack_s = 0.05,
                  .release_s = 0.05,
                  .level = 1.0});
}

// Blasts of two bright tones a third apart, over a low idling engine.
void add_car_horn(std::span<float> out, Random& random) {
  const double low_hz = random.uniform(330.0, 430.0);
  const double high_hz = low_hz * 1.26;
  const double engine_hz = random.uniform(32.0, 48.0);
  add_voice(out, {.start_s = 0.0,
                  .duration_s = seconds_of(out),
                  .pitch_hz =
                      [=](double progress) {
                        return engine_hz * (1.0 + 0.03 * std::sin(40.0 * progress));
                      },
                  .harmonics = resonant_harmonics(8, engine_hz, 110.0, 60.0),
                  .level = 0.12});
  const auto add_row = [&](double time_s) {
    const int blasts = random.between(1, 3);
    for (int blast = 0; blast < blasts; ++blast) {
      const double duration_s = blasts == 1 ? random.uniform(0.6, 1.2) : random.uniform(0.18, 0.35);
      for (const double tone_hz : {low_hz, high_hz}) {
        add_voice(out, {.start_s = time_s,
                        .duration_s = duration_s,
                        .pitch_hz = [=](double) { return tone_hz; },
                        .harmonics = {0.6, 0.7, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1},
                        .attack_s = 0.015,
                        .release_s = 0.03,
                        .level = 0.2});
      }
      time_s += duration_s + random.uniform(0.1, 0.18);
    }
    return time_s;
  };
  add_again_and_again(out, random, {.before_first_s = 0.5, .shortest_s = 0.5, .longest_s = 1.2},
                      add_row);
}

// Steam: puffs of noise, every fourth one stronger, and now and then a whistle of three tones.
void add_train(std::span<float> out, Random& random) {
  const double puffs_hz = random.uniform(3.2, 5.2);
  const double centre_hz = random.uniform(450.0, 750.0);
  double time_s = random.uniform(0.0, 0.3);
  for (int puff = 0; time_s < seconds_of(out); ++puff, time_s += 1.0 / puffs_hz) {
    add_noise_burst(out, random,
                    {.start_s = time_s,
                     .duration_s = 0.9 / puffs_hz,
                     .centre_hz = centre_hz * random.uniform(0.9, 1.1),
                     .width_hz = 900.0,
                     .decay_s = 0.28 / puffs_hz,
                     .level = (puff % 4 == 0 ? 1.3 : 0.85) * random.uniform(0.9, 1.1)});
  }
  const double whistle_hz = random.uniform(560.0, 720.0);
  double whistle_s = random.uniform(0.3, 2.5);
  while (whistle_s < seconds_of(out)) {
    const double duration_s = random.uniform(0.7, 1.3);
    for (const double ratio : {1.0, 1.19, 1.5}) {
      add_voice(out, {.start_s = whistle_s,
                      .duration_s = duration_s,
                      .pitch_hz =
                          [=](double progress) {
                            return whistle_hz * ratio * (1.0 - 0.08 * std::exp(-12.0 * progress));
                          },
                      .harmonics = {1.0, 0.4, 0.15},
                      .attack_s = 0.08,
                      .release_s = 0.15,
                      .level = 0.13});
    }
    whistle_s += duration_s + random.uniform(2.5, 4.5);
  }
}

// Blades chopping low noise many times a second, under the whine of a turbine.
void add_helicopter(std::span<float> out, Random& random) {
  const double blades_hz = random.uniform(10.0, 15.0);
  const double phase = random.uniform();
  const double sway_hz = random.uniform(0.1, 0.3);
  Resonator low(random.uniform(90.0, 140.0), 120.0);
  Resonator middle(random.uniform(300.0, 450.0), 500.0);
  for (std::size_t index = 0; index < out.size(); ++index) {
    const double time_s = static_cast<double>(index) / kSampleRateHz;
    const double cycle = blades_hz * time_s + phase;
    const double chop = std::exp(-5.0 * (cycle - std::floor(cycle)));
    const double distance = 0.85 + 0.15 * std::sin(kTurn * sway_hz * time_s);
    const double noise = random.uniform(-1.0, 1.0);
    out[index] +=
        static_cast<float>(distance * (0.08 + chop) * (2.5 * low(noise) + 0.7 * middle(noise)));
  }
  const double turbine_hz = random.uniform(1500.0, 2000.0);
  add_voice(out, {.start_s = 0.0,
                  .duration_s = seconds_of(out),
                  .pitch_hz =
                      [=](double progress) {
                        return turbine_hz * (1.0 + 0.01 * std::sin(kTurn * 2.0 * progress));
                      },
                  .harmonics = {1.0, 0.4},
                  .level = 0.02});
}

// A steady hiss with many single drops.
void add_rain(std::span<float> out, Random& random) {
  Resonator bright(random.uniform(4200.0, 5400.0), 5000.0);
  Resonator dull(random.uniform(1200.0, 1800.0), 1800.0);
  const double gust_hz = random.uniform(0.1, 0.35);
  const double phase = random.uniform();
  for (std::size_t index = 0; index < out.size(); ++index) {
    const double time_s = static_cast<double>(index) / kSampleRateHz;
    const double gust = 0.85 + 0.15 * std::sin(kTurn * (gust_hz * time_s + phase));
    const double noise = random.uniform(-1.0, 1.0);
    out[index] += static_cast<float>(gust * (0.5 * bright(noise) + 0.35 * dull(noise)));
  }
  const double drops_hz = random.uniform(25.0, 60.0);
  double time_s = 0.0;
  while (time_s < seconds_of(out)) {
    const double drop_hz = random.uniform(1800.0, 5500.0);
    const double level = random.uniform(0.1, 0.7);
    add_partial(out, {time_s, drop_hz, 0.003, level});
    time_s += random.uniform(0.0, 2.0) / drops_hz;
  }
}

}  // namespace dali
