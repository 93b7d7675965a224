// SPDX-License-Identifier: LGPL-2.1-or-later
// Two clips heard at once, against the spectrogram of waveforms that were added.
#include <ATen/Functions.h>
#include <torch/types.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "model/audio/log_mel.h"
#include "tests/support/check_suite.h"
#include "training/data/sound_mixing.h"

namespace dali {
namespace {

constexpr SpectrogramConfig kConfig = {};
constexpr double kSampleRate = 16000.0;

std::vector<float> tone(double frequency_hz, double level) {
  std::vector<float> samples(10 * static_cast<std::size_t>(kSampleRate));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double turns = frequency_hz * static_cast<double>(i) / kSampleRate;
    samples[i] = static_cast<float>(level * std::sin(2.0 * std::numbers::pi * turns));
  }
  return samples;
}

torch::Tensor spectrogram_of(const std::vector<float>& waveform) {
  return normalised_spectrogram(log_mel_spectrogram(waveform, kConfig), kConfig);
}

// Bands in which either tone is far louder than the other: elsewhere their phases matter.
START_TEST(two_tones_together_are_the_tones_of_the_sum) {
  const auto low = tone(300.0, 0.3);
  const auto high = tone(4000.0, 0.05);
  auto sum = low;
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += high[i];
  const auto mixed = heard_together(spectrogram_of(low), spectrogram_of(high), kConfig);
  const auto wanted = spectrogram_of(sum);
  const auto apart = (spectrogram_of(low) - spectrogram_of(high)).abs().gt(6.0 / kConfig.deviation);
  ck_assert_int_gt(apart.sum().item<std::int64_t>(), apart.numel() / 8);
  const auto error = (mixed - wanted).abs().masked_select(apart) * kConfig.deviation;
  ck_assert_double_lt(error.max().item<double>(), 0.2);
  // Either tone alone is something else.
  ck_assert_double_gt((mixed - spectrogram_of(low)).abs().max().item<double>(), 1.0);
  ck_assert_double_gt((mixed - spectrogram_of(high)).abs().max().item<double>(), 1.0);
}
END_TEST

START_TEST(a_clip_with_itself_has_twice_the_energy) {
  const auto clip = spectrogram_of(tone(440.0, 0.2));
  const auto twice = heard_together(clip, clip, kConfig);
  const auto change = (twice - clip) * kConfig.deviation;
  ck_assert_double_lt((change - std::numbers::ln2).abs().max().item<double>(), 1e-4);
  ck_assert_double_eq_tol(energy_of(twice, kConfig) / energy_of(clip, kConfig), 2.0, 1e-4);
}
END_TEST

START_TEST(energy_is_summed_over_frames_and_bands) {
  const auto even = at::full({30, 128}, 0.5);
  ck_assert_double_eq_tol(energy_of(even, kConfig),
                          30 * 128 * std::exp(0.5 * kConfig.deviation + kConfig.mean), 1e-6);
}
END_TEST

Suite* sound_mixing_suite() {
  Suite* suite = suite_create("sound-mixing");
  TCase* mixing = tcase_create("mixing");
  tcase_add_test(mixing, two_tones_together_are_the_tones_of_the_sum);
  tcase_add_test(mixing, a_clip_with_itself_has_twice_the_energy);
  tcase_add_test(mixing, energy_is_summed_over_frames_and_bands);
  suite_add_tcase(suite, mixing);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::sound_mixing_suite());
}
