// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/core/Tensor.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include "model/audio/log_mel.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"

namespace dali {
namespace {

const SpectrogramConfig kConfig = {.mel_bins = 32, .frames = 20};

// A tone over noise, so that loud and quiet bins stand side by side.
std::vector<float> waveform_of(std::size_t samples, unsigned seed = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> noise(0.0f, 0.01f);
  std::vector<float> waveform(samples);
  for (std::size_t index = 0; index < samples; ++index) {
    waveform[index] = 0.3f * std::sin(0.2f * static_cast<float>(index)) + noise(generator);
  }
  return waveform;
}

// Of rows that went through another batch of the FFT: one rounding to float32 at most.
constexpr double kOneRounding = 2e-6;

void expect_close(const at::Tensor& actual, const at::Tensor& expected, double atol) {
  ck_assert(actual.sizes() == expected.sizes());
  ck_assert(at::allclose(actual, expected, 0.0, atol));
}

START_TEST(a_stream_equals_the_whole_clip_for_any_split) {
  const std::vector<float> waveform = waveform_of(16000, static_cast<unsigned>(_i));
  std::mt19937 generator(static_cast<unsigned>(_i));
  std::geometric_distribution<std::size_t> chunk_samples(_i % 2 == 0 ? 0.3 : 0.003);
  LogMelStream stream(kConfig);
  std::vector<at::Tensor> rows;
  std::size_t position = 0;
  while (position < waveform.size()) {
    const std::size_t count = std::min(chunk_samples(generator), waveform.size() - position);
    rows.push_back(stream.push(std::span(waveform).subspan(position, count)));
    position += count;
  }
  expect_close(at::cat(rows), log_mel_spectrogram(waveform, kConfig), kOneRounding);
}
END_TEST

START_TEST(a_frame_stands_every_160_samples_where_400_are_left) {
  const std::vector<std::pair<std::size_t, std::int64_t>> cases = {
      {400, 1}, {559, 1}, {560, 2}, {16000, 98}, {160000, 998}};
  for (const auto& [samples, frames] : cases) {
    const at::Tensor log_mel = log_mel_spectrogram(waveform_of(samples), kConfig);
    ck_assert_int_eq(log_mel.size(0), frames);
    ck_assert_int_eq(log_mel.size(1), kConfig.mel_bins);
    ck_assert(log_mel.scalar_type() == at::kFloat);
  }
}
END_TEST

// Word for word from the definition, with a Fourier sum instead of the fast transform.
float direct_log_mel(const std::vector<float>& waveform, int frame, const MelFilter& filter) {
  const float* samples = waveform.data() + frame * kHopSamples;
  double mean = 0.0;
  for (int index = 0; index < kFrameSamples; ++index) mean += samples[index] / 400.0;
  double energy = 0.0;
  for (std::size_t tap = 0; tap < filter.weights.size(); ++tap) {
    const double turn =
        2.0 * std::numbers::pi * (filter.first_bin + static_cast<double>(tap)) / 512.0;
    double real = 0.0, imaginary = 0.0;
    for (int index = 0; index < kFrameSamples; ++index) {
      const double before = samples[std::max(index - 1, 0)] - mean;
      const double window = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * index / 399.0);
      const double value = (samples[index] - mean - 0.97 * before) * window;
      real += value * std::cos(turn * index);
      imaginary -= value * std::sin(turn * index);
    }
    energy += filter.weights[tap] * (real * real + imaginary * imaginary);
  }
  return static_cast<float>(std::log(std::max(energy, 1.1920928955078125e-07)));
}

START_TEST(every_bin_is_what_its_definition_says) {
  const std::vector<float> waveform = waveform_of(1000);
  const at::Tensor log_mel = log_mel_spectrogram(waveform, kConfig);
  const auto filters = mel_filterbank({.mel_bins = kConfig.mel_bins});
  for (int frame = 0; frame < log_mel.size(0); ++frame) {
    for (int bin = 0; bin < kConfig.mel_bins; ++bin) {
      const float expected = direct_log_mel(waveform, frame, filters[bin]);
      ck_assert_float_eq_tol(log_mel[frame][bin].item<float>(), expected, 1e-5f);
    }
  }
}
END_TEST

START_TEST(silence_lies_at_the_floor) {
  const std::vector<float> silence(800, 0.0f);
  const at::Tensor log_mel = log_mel_spectrogram(silence, kConfig);
  expect_close(log_mel, at::full(log_mel.sizes(), std::log(1.1920928955078125e-07), at::kFloat),
               kOneRounding);
}
END_TEST

START_TEST(a_constant_offset_changes_nothing) {
  std::vector<float> waveform = waveform_of(2000);
  const at::Tensor before = log_mel_spectrogram(waveform, kConfig);
  for (float& sample : waveform) sample += 0.25f;  // rounds the samples, hence the tolerance
  expect_close(log_mel_spectrogram(waveform, kConfig), before, 1e-3);
}
END_TEST

START_TEST(mel_filters_share_every_bin_between_their_centres) {
  const auto filters = mel_filterbank({.mel_bins = 40});
  std::vector<double> sums(256, 0.0);
  for (const MelFilter& filter : filters) {
    for (std::size_t tap = 0; tap < filter.weights.size(); ++tap) {
      sums[filter.first_bin + tap] += filter.weights[tap];
    }
  }
  for (int bin = 0; bin < 256; ++bin) {
    const double hz = bin * 31.25;
    if (hz < filters.front().centre_hz || hz > filters.back().centre_hz) continue;
    ck_assert_double_eq_tol(sums[bin], 1.0, 1e-4);
  }
}
END_TEST

START_TEST(missing_frames_are_0_before_they_are_normalised) {
  const at::Tensor normalised =
      normalised_spectrogram(log_mel_spectrogram(waveform_of(1040), kConfig), kConfig);
  ck_assert(normalised.sizes() == at::IntArrayRef({20, 32}));
  const at::Tensor padding = normalised.slice(0, 5);
  expect_close(padding, at::full(padding.sizes(), 1.13291, at::kFloat), 1e-5);
}
END_TEST

START_TEST(frames_beyond_the_last_are_cut_off) {
  const at::Tensor log_mel = log_mel_spectrogram(waveform_of(8000), kConfig);
  const at::Tensor normalised = normalised_spectrogram(log_mel, kConfig);
  ck_assert_int_eq(normalised.size(0), kConfig.frames);
  expect_close(normalised, log_mel.slice(0, 0, 20).add(5.081).div(4.4849), 1e-5);
}
END_TEST

START_TEST(sound_shorter_than_a_frame_is_refused) {
  const std::string message = error_message_of<std::invalid_argument>(
      [] { log_mel_spectrogram(waveform_of(399), kConfig); });
  expect_one_line_with(message, "399 samples");
}
END_TEST

START_TEST(a_sample_that_is_not_finite_is_refused) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> waveform = waveform_of(800);
    waveform[799] = bad;
    expect_one_line_with(
        error_message_of<std::invalid_argument>([&] { log_mel_spectrogram(waveform, kConfig); }),
        "not finite");
  }
}
END_TEST

START_TEST(a_refused_push_leaves_the_stream_as_it_was) {
  const std::vector<float> waveform = waveform_of(1200);
  LogMelStream stream(kConfig);
  const at::Tensor first = stream.push(std::span(waveform).first(700));
  const std::vector<float> bad = {0.0f, std::numeric_limits<float>::infinity()};
  error_message_of<std::invalid_argument>([&] { stream.push(bad); });
  const at::Tensor second = stream.push(std::span(waveform).subspan(700));
  expect_close(at::cat({first, second}), log_mel_spectrogram(waveform, kConfig), kOneRounding);
}
END_TEST

START_TEST(a_cleared_stream_starts_again) {
  const std::vector<float> waveform = waveform_of(1200);
  LogMelStream stream(kConfig);
  stream.push(waveform);
  stream.clear();
  expect_close(stream.push(waveform), log_mel_spectrogram(waveform, kConfig), kOneRounding);
}
END_TEST

Suite* log_mel_suite() {
  Suite* suite = suite_create("log_mel");
  TCase* frames = tcase_create("frames");
  tcase_add_test(frames, a_frame_stands_every_160_samples_where_400_are_left);
  tcase_add_test(frames, every_bin_is_what_its_definition_says);
  tcase_add_test(frames, silence_lies_at_the_floor);
  tcase_add_test(frames, a_constant_offset_changes_nothing);
  tcase_add_test(frames, mel_filters_share_every_bin_between_their_centres);
  tcase_add_test(frames, missing_frames_are_0_before_they_are_normalised);
  tcase_add_test(frames, frames_beyond_the_last_are_cut_off);
  suite_add_tcase(suite, frames);
  TCase* stream = tcase_create("stream");
  tcase_add_loop_test(stream, a_stream_equals_the_whole_clip_for_any_split, 0, 10);
  tcase_add_test(stream, a_refused_push_leaves_the_stream_as_it_was);
  tcase_add_test(stream, a_cleared_stream_starts_again);
  suite_add_tcase(suite, stream);
  TCase* errors = tcase_create("errors");
  tcase_add_test(errors, sound_shorter_than_a_frame_is_refused);
  tcase_add_test(errors, a_sample_that_is_not_finite_is_refused);
  suite_add_tcase(suite, errors);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::log_mel_suite());
}
