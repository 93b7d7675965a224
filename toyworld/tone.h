// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "toyworld/random.h"

namespace dali {

// The building blocks of synthesis. Each adds into `out` (kSampleRateHz) and cuts off what lies
// beyond its end. Levels are amplitudes.

// A voice: harmonics over a gliding pitch.
struct Voice {
  double start_s = 0.0;
  double duration_s = 1.0;
  std::function<double(double)> pitch_hz;  // of progress in [0, 1]; called every millisecond
  std::vector<double> harmonics;           // amplitude of the first, second, ...; at least one
  double attack_s = 0.01;
  double release_s = 0.05;
  double level = 1.0;
};
void add_voice(std::span<float> out, const Voice& voice);

// Amplitudes of the harmonics of `pitch_hz` that a throat or a horn with this resonance gives:
// 1 / n, raised around `formant_hz`.
std::vector<double> resonant_harmonics(int count, double pitch_hz, double formant_hz,
                                       double width_hz);

// A struck partial: a sine that dies away.
struct Partial {
  double start_s = 0.0;
  double frequency_hz = 440.0;
  double decay_s = 1.0;  // to 1/e
  double level = 1.0;
};
void add_partial(std::span<float> out, const Partial& partial);

// Noise around a frequency, that dies away.
struct NoiseBurst {
  double start_s = 0.0;
  double duration_s = 0.1;
  double centre_hz = 1000.0;
  double width_hz = 500.0;
  double decay_s = 0.05;  // to 1/e
  double level = 1.0;
};
void add_noise_burst(std::span<float> out, Random& random, const NoiseBurst& burst);

// Between what comes again and again, in seconds.
struct Pauses {
  double before_first_s = 0.5;  // at most
  double shortest_s = 0.3;
  double longest_s = 0.9;
};
// Calls add(start_s) until `out` is over. It adds one of what comes, which may be a row of sounds,
// and returns when that ends: the pause begins there.
void add_again_and_again(std::span<float> out, Random& random, const Pauses& pauses,
                         const std::function<double(double start_s)>& add);

// A band-pass filter with two poles; the gain at its centre is about 1.
class Resonator {
 public:
  Resonator(double centre_hz, double width_hz);
  double operator()(double input);

 private:
  double gain_;
  double feedback_one_;
  double feedback_two_;
  double last_ = 0.0;
  double before_last_ = 0.0;
};

double seconds_of(std::span<const float> samples);
std::size_t sample_at(double seconds);  // 0 for negative times

}  // namespace dali
