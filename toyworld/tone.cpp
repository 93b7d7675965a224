// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/tone.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "model/base/window.h"

namespace dali {
namespace {

constexpr double kTurn = 2.0 * std::numbers::pi;
constexpr double kHighestHz = 7600.0;  // harmonics above are left out: they would alias
constexpr std::size_t kPitchStepSamples = kSampleRateHz / 1000;

// The part of `out` from `start_s` for `duration_s`, as far as it exists.
std::span<float> stretch(std::span<float> out, double start_s, double duration_s) {
  const std::size_t first = std::min(sample_at(start_s), out.size());
  return out.subspan(first, std::min(sample_at(duration_s), out.size() - first));
}

}  // namespace

double seconds_of(std::span<const float> samples) {
  return static_cast<double>(samples.size()) / kSampleRateHz;
}

std::size_t sample_at(double seconds) {
  return seconds <= 0.0 ? 0 : static_cast<std::size_t>(std::llround(seconds * kSampleRateHz));
}

void add_voice(std::span<float> out, const Voice& voice) {
  const std::span<float> samples = stretch(out, voice.start_s, voice.duration_s);
  const std::size_t whole = std::max<std::size_t>(sample_at(voice.duration_s), 1);
  double phase = 0.0;
  double pitch_hz = 0.0;
  std::size_t harmonics = 0;
  for (std::size_t index = 0; index < samples.size(); ++index) {
    if (index % kPitchStepSamples == 0) {
      pitch_hz = voice.pitch_hz(static_cast<double>(index) / static_cast<double>(whole));
      harmonics = std::min(voice.harmonics.size(), static_cast<std::size_t>(kHighestHz / pitch_hz));
    }
    phase += kTurn * pitch_hz / kSampleRateHz;
    if (phase > kTurn) phase -= kTurn;

    // sin(n + 1)x = 2 cos(x) sin(nx) - sin(n - 1)x: one sine serves all harmonics.
    const double twice_cosine = 2.0 * std::cos(phase);
    double sine = std::sin(phase);
    double last_sine = 0.0;
    double sum = 0.0;
    for (std::size_t harmonic = 0; harmonic < harmonics; ++harmonic) {
      sum += voice.harmonics[harmonic] * sine;
      last_sine = std::exchange(sine, twice_cosine * sine - last_sine);
    }

    const double since_start = static_cast<double>(index) / kSampleRateHz;
    const double until_end = voice.duration_s - since_start;
    const double envelope =
        std::clamp(std::min(since_start / voice.attack_s, until_end / voice.release_s), 0.0, 1.0);
    samples[index] += static_cast<float>(voice.level * envelope * sum);
  }
}

std::vector<double> resonant_harmonics(int count, double pitch_hz, double formant_hz,
                                       double width_hz) {
  std::vector<double> harmonics;
  double total = 0.0;
  for (int number = 1; number <= count; ++number) {
    const double distance = (number * pitch_hz - formant_hz) / width_hz;
    harmonics.push_back(0.35 / number + std::exp(-distance * distance));
    total += harmonics.back();
  }
  for (double& amplitude : harmonics) amplitude /= total;
  return harmonics;
}

void add_partial(std::span<float> out, const Partial& partial) {
  if (partial.frequency_hz > kHighestHz) return;
  constexpr double kInaudible = 7.0;  // decay times until a partial counts as silent
  const std::span<float> samples = stretch(out, partial.start_s, kInaudible * partial.decay_s);
  // A rotating, shrinking arrow; its imaginary part is the sound.
  const double shrink = std::exp(-1.0 / (partial.decay_s * kSampleRateHz));
  const double angle = kTurn * partial.frequency_hz / kSampleRateHz;
  const double turn_real = shrink * std::cos(angle);
  const double turn_imaginary = shrink * std::sin(angle);
  double real = partial.level;
  double imaginary = 0.0;
  for (float& sample : samples) {
    sample += static_cast<float>(imaginary);
    const double next_real = real * turn_real - imaginary * turn_imaginary;
    imaginary = real * turn_imaginary + imaginary * turn_real;
    real = next_real;
  }
}

void add_noise_burst(std::span<float> out, Random& random, const NoiseBurst& burst) {
  Resonator resonator(burst.centre_hz, burst.width_hz);
  const double shrink = std::exp(-1.0 / (burst.decay_s * kSampleRateHz));
  double envelope = burst.level;
  for (float& sample : stretch(out, burst.start_s, burst.duration_s)) {
    sample += static_cast<float>(envelope * resonator(random.uniform(-1.0, 1.0)));
    envelope *= shrink;
  }
}

void add_again_and_again(std::span<float> out, Random& random, const Pauses& pauses,
                         const std::function<double(double start_s)>& add) {
  double time_s = random.uniform(0.0, pauses.before_first_s);
  while (time_s < seconds_of(out)) {
    time_s = add(time_s);
    time_s += random.uniform(pauses.shortest_s, pauses.longest_s);
  }
}

Resonator::Resonator(double centre_hz, double width_hz) {
  const double radius = std::exp(-std::numbers::pi * width_hz / kSampleRateHz);
  const double angle = kTurn * centre_hz / kSampleRateHz;
  feedback_one_ = 2.0 * radius * std::cos(angle);
  feedback_two_ = -radius * radius;
  gain_ = (1.0 - radius) * std::sqrt(1.0 - 2.0 * radius * std::cos(2.0 * angle) + radius * radius);
}

double Resonator::operator()(double input) {
  const double output = gain_ * input + feedback_one_ * last_ + feedback_two_ * before_last_;
  before_last_ = std::exchange(last_, output);
  return output;
}

}  // namespace dali
