// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "model/base/window.h"
#include "toyworld/sounds.h"
#include "toyworld/tone.h"

namespace dali {

// Slow strikes of a church bell: partials that are not harmonic, the high ones dying first.
void add_bell(std::span<float> out, Random& random) {
  constexpr std::array<double, 8> kRatios = {0.5, 1.0, 1.19, 1.5, 2.0, 2.66, 3.01, 4.1};
  constexpr std::array<double, 8> kLevels = {0.5, 0.8, 0.6, 0.35, 0.7, 0.4, 0.35, 0.25};
  const double strike_hz = random.uniform(480.0, 900.0);
  const double decay_s = random.uniform(0.9, 1.6);
  const double period_s = random.uniform(1.1, 2.0);
  double time_s = random.uniform(0.0, 0.5);
  while (time_s < seconds_of(out)) {
    const double level = random.uniform(0.75, 1.0);
    for (std::size_t partial = 0; partial < kRatios.size(); ++partial) {
      add_partial(out, {.start_s = time_s,
                        .frequency_hz = strike_hz * kRatios[partial],
                        .decay_s = decay_s / std::sqrt(kRatios[partial]),
                        .level = level * kLevels[partial]});
    }
    add_noise_burst(out, random, {time_s, 0.03, 3500.0, 2500.0, 0.01, level});
    time_s += period_s * random.uniform(0.96, 1.04);
  }
}

// A repeated rhythm of low thumps with falling pitch.
void add_drum(std::span<float> out, Random& random) {
  constexpr std::size_t kSteps = 8;
  std::array<double, kSteps> accents{};
  for (std::size_t step = 0; step < kSteps; ++step) {
    const bool is_hit = step % 4 == 0 || random.chance(0.55);
    accents[step] = is_hit ? (step == 0 ? 1.0 : random.uniform(0.55, 0.9)) : 0.0;
  }
  const double step_s = random.uniform(0.16, 0.26);
  const double skin_hz = random.uniform(75.0, 125.0);
  const double decay_s = random.uniform(0.09, 0.15);
  double time_s = random.uniform(0.0, 0.4);
  for (std::size_t step = 0; time_s < seconds_of(out); step = (step + 1) % kSteps) {
    const double level = accents[step];
    if (level > 0.0) {
      add_voice(out, {.start_s = time_s,
                      .duration_s = 3.0 * decay_s,
                      .pitch_hz =
                          [=](double progress) {
                            return skin_hz * (1.0 + 0.9 * std::exp(-9.0 * progress));
                          },
                      .harmonics = {1.0, 0.3, 0.1},
                      .attack_s = 0.003,
                      .release_s = 2.6 * decay_s,
                      .level = level});
      add_noise_burst(out, random, {time_s, 0.06, 700.0, 900.0, 0.015, 0.8 * level});
    }
    time_s += step_s * random.uniform(0.98, 1.02);
  }
}

// Regular ticks and tocks: very short clicks of two pitches.
void add_clock(std::span<float> out, Random& random) {
  const double tick_hz = random.uniform(2100.0, 3100.0);
  const double tock_hz = tick_hz * random.uniform(0.72, 0.85);
  const double period_s = random.uniform(0.3, 0.55);
  double time_s = random.uniform(0.0, period_s);
  for (int beat = 0; time_s < seconds_of(out); ++beat, time_s += period_s) {
    const double frequency_hz = beat % 2 == 0 ? tick_hz : tock_hz;
    const double level = (beat % 2 == 0 ? 1.0 : 0.75) * random.uniform(0.92, 1.0);
    add_partial(out, {time_s, frequency_hz, 0.006, level});
    add_partial(out, {time_s, 1.73 * frequency_hz, 0.004, 0.6 * level});
    add_noise_burst(out, random, {time_s, 0.02, 4500.0, 3000.0, 0.003, 1.5 * level});
    add_partial(out, {time_s + 0.035, 0.9 * frequency_hz, 0.004, 0.25 * level});  // escapement
  }
}

namespace {

// A plucked string (Karplus and Strong, 1983): noise going round in a delay line that dulls it.
void add_pluck(std::span<float> out, Random& random, double start_s, double pitch_hz,
               double duration_s, double level) {
  const auto period = static_cast<std::size_t>(std::lround(kSampleRateHz / pitch_hz));
  std::vector<double> string(period);
  for (double& displacement : string) displacement = random.uniform(-1.0, 1.0);
  // A soft pick: neighbouring noise smoothed once.
  for (std::size_t index = 1; index < period; ++index) {
    string[index] = 0.5 * (string[index] + string[index - 1]);
  }
  const std::size_t first = std::min(sample_at(start_s), out.size());
  const std::size_t count = std::min(sample_at(duration_s), out.size() - first);
  const double release = 0.05 * kSampleRateHz;
  for (std::size_t index = 0; index < count; ++index) {
    double& here = string[index % period];
    const double envelope = std::min(1.0, static_cast<double>(count - index) / release);
    out[first + index] += static_cast<float>(level * envelope * here);
    here = 0.996 * 0.5 * (here + string[(index + 1) % period]);
  }
}

}  // namespace

// A tune of plucked strings on a pentatonic scale, with a strummed chord here and there.
void add_guitar(std::span<float> out, Random& random) {
  constexpr std::array<double, 8> kSemitones = {0, 3, 5, 7, 10, 12, 15, 17};
  const double lowest_hz = random.uniform(130.0, 200.0);
  const double beat_s = random.uniform(0.24, 0.42);
  const auto pitch_of = [&](std::size_t note) {
    return lowest_hz * std::exp2(kSemitones[note] / 12.0);
  };
  double time_s = random.uniform(0.0, 0.3);
  std::size_t note = 3;
  while (time_s < seconds_of(out)) {
    const double level = random.uniform(0.65, 1.0);
    if (random.chance(0.25)) {
      const double strum_s = random.uniform(0.015, 0.03);
      for (int string = 0; string < 4; ++string) {
        add_pluck(out, random, time_s + string * strum_s,
                  pitch_of(static_cast<std::size_t>(2 * string)), 3.0 * beat_s, 0.6 * level);
      }
    } else {
      const int step = static_cast<int>(note) + random.between(-2, 2);
      note = static_cast<std::size_t>(std::clamp(step, 0, static_cast<int>(kSemitones.size()) - 1));
      add_pluck(out, random, time_s, pitch_of(note), 2.5 * beat_s, level);
    }
    time_s += beat_s * (random.chance(0.2) ? 2.0 : 1.0);
  }
}

}  // namespace dali
