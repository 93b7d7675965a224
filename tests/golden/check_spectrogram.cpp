// SPDX-License-Identifier: LGPL-2.1-or-later
// The log-mel front end against torchaudio's Kaldi filterbank as the authors' loaders call it.
#include <ATen/ops/arange.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

#include <cstdio>
#include <span>
#include <vector>

#include "model/audio/log_mel.h"
#include "model/audio/mel_filterbank.h"
#include "tests/golden/golden_check.h"

namespace dali::golden {
namespace {

// Of log-mel rows for which the index has no tolerance: what it allows all others.
const Tolerance kRowTolerance = {.bounds_by_statistic = {{"max", 0.01}, {"p99", 0.001}}};

SpectrogramConfig spectrogram_config(const Fixture& fixture) {
  SpectrogramConfig config;
  config.mel_bins = fixture.config().value("num_mel_bins", config.mel_bins);
  config.frames = fixture.config().value("target_length", config.frames);
  config.mean = fixture.config().value("mean", config.mean);
  config.deviation = fixture.config().value("std", config.deviation);
  return config;
}

// waveform [samples], any dtype -> [frames, mel_bins]
at::Tensor log_mel_of(const at::Tensor& waveform, const SpectrogramConfig& config) {
  const at::Tensor samples = waveform.to(at::kFloat).contiguous();
  return log_mel_spectrogram(
      std::span(samples.data_ptr<float>(), static_cast<std::size_t>(samples.numel())), config);
}

CheckResult check_spectrogram(const Fixture& fixture) {
  CheckResult result;
  const SpectrogramConfig config = spectrogram_config(fixture);
  const at::Tensor waveform =
      fixture.has("waveform_i16")
          ? fixture.tensor("waveform_i16").to(at::kFloat).div(32768.0)
          : at::zeros({fixture.tensor("n_samples").item<std::int64_t>()}, at::kFloat);
  const at::Tensor log_mel = log_mel_of(waveform, config);
  const at::Tensor normalised = normalised_spectrogram(log_mel, config);
  const Tolerance raw_tolerance = fixture.tolerance("fbank_raw").value_or(kRowTolerance);
  const Tolerance normalised_tolerance = fixture.tolerance("fbank_norm").value_or(kRowTolerance);

  if (fixture.has("n_frames_raw")) {
    result.expect(log_mel.size(0) == fixture.tensor("n_frames_raw").item<std::int64_t>(),
                  "the number of frames is that of the reference");
  }
  if (fixture.has("fbank_raw")) result.expect_close(fixture, "fbank_raw", log_mel, raw_tolerance);
  if (fixture.has("fbank_raw_rows")) {
    const at::Tensor rows = log_mel.index_select(0, fixture.tensor("rows_index"));
    result.expect_close(fixture, "fbank_raw_rows", rows, raw_tolerance);
  }
  if (fixture.has("fbank_norm")) {
    result.expect_close(fixture, "fbank_norm", normalised, normalised_tolerance);
  }
  if (fixture.has("norm_rows")) {
    const at::Tensor rows = normalised.index_select(0, fixture.tensor("norm_rows_index"));
    result.expect_close(fixture, "norm_rows", rows, normalised_tolerance);
  }
  if (fixture.has("fbank_raw_stats")) {
    result.expect_statistics(fixture, "fbank_raw_stats", log_mel, raw_tolerance);
  }
  if (fixture.has("fbank_norm_stats")) {
    result.expect_statistics(fixture, "fbank_norm_stats", normalised, normalised_tolerance);
  }
  return result;
}

const GoldenCheck kSpectrogram(
    "spectrogram",
    [](const Fixture& fixture) {
      const bool is_mono = fixture.has("waveform_i16") && fixture.tensor("waveform_i16").dim() == 1;
      return fixture.group() == "1_fbank" && (is_mono || fixture.has("n_samples"));
    },
    check_spectrogram);

// The alignment's loader subtracts the mean of both channels and takes the first one; all others
// take the first channel and subtract its own mean.
CheckResult check_stereo(const Fixture& fixture) {
  CheckResult result;
  const SpectrogramConfig config = spectrogram_config(fixture);
  const at::Tensor channels = fixture.tensor("waveform_i16").to(at::kFloat).div(32768.0);
  if (fixture.has("fbank_raw_stage1b")) {
    const at::Tensor centred = channels.sub(channels.mean()).select(0, 0);
    result.expect_close(fixture, "fbank_raw_stage1b", log_mel_of(centred, config));
  }
  if (fixture.has("fbank_raw_stage2_and_inference")) {
    result.expect_close(fixture, "fbank_raw_stage2_and_inference",
                        log_mel_of(channels.select(0, 0), config));
  }
  return result;
}

const GoldenCheck kStereo(
    "stereo spectrogram",
    [](const Fixture& fixture) {
      return fixture.group() == "1_fbank" && fixture.has("waveform_i16") &&
             fixture.tensor("waveform_i16").dim() == 2;
    },
    check_stereo);

// The reference takes 16 kHz samples for 48 kHz ones, a fault that is not copied; the fixture also
// holds what is right, one row in eight.
CheckResult check_resampled(const Fixture& fixture) {
  constexpr std::int64_t kRowStep = 8;
  CheckResult result;
  const at::Tensor log_mel =
      log_mel_of(fixture.tensor("resampled16k"), spectrogram_config(fixture));
  const at::Tensor rows = log_mel.index_select(0, at::arange(0, log_mel.size(0), kRowStep));
  result.expect_close(fixture, "fbank_raw_correct_sr16000_rows", rows, kRowTolerance);
  std::printf(
      "      %s: left out: rows at a wrong sample rate (a fault of the reference), and "
      "resampling, which is GStreamer's\n",
      fixture.name().c_str());
  return result;
}

const GoldenCheck kResampled(
    "resampled spectrogram",
    [](const Fixture& fixture) {
      return fixture.group() == "1_fbank" && fixture.has("resampled16k") &&
             fixture.has("fbank_raw_correct_sr16000_rows");
    },
    check_resampled);

CheckResult check_filterbank(const Fixture& fixture) {
  CheckResult result;
  MelFilterbankConfig config;
  config.mel_bins = fixture.config().value("num_bins", config.mel_bins);
  config.fft_points = fixture.config().value("padded_window", config.fft_points);
  config.sample_rate_hz = fixture.config().value("sr", config.sample_rate_hz);
  config.low_hz = fixture.config().value("low", config.low_hz);
  config.high_hz = config.sample_rate_hz / 2.0;

  const std::vector<MelFilter> filters = mel_filterbank(config);
  const at::Tensor banks = at::zeros({config.mel_bins, config.fft_points / 2}, at::kDouble);
  const at::Tensor centres = at::zeros({config.mel_bins, 1}, at::kDouble);
  for (int index = 0; index < config.mel_bins; ++index) {
    const MelFilter& filter = filters[index];
    double* row = banks.data_ptr<double>() + index * banks.size(1);
    std::copy(filter.weights.begin(), filter.weights.end(), row + filter.first_bin);
    centres.data_ptr<double>()[index] = filter.centre_hz;
  }
  result.expect_close(fixture, "mel_banks", banks);
  if (fixture.has("mel_center_freqs")) result.expect_close(fixture, "mel_center_freqs", centres);
  if (fixture.has("hann_window")) {
    const auto samples = static_cast<int>(fixture.tensor("hann_window").numel());
    std::vector<double> window = hann_window(samples);
    result.expect_close(fixture, "hann_window",
                        at::from_blob(window.data(), {samples}, at::kDouble));
  }
  return result;
}

const GoldenCheck kFilterbank(
    "mel filterbank",
    [](const Fixture& fixture) { return fixture.group() == "1_fbank" && fixture.has("mel_banks"); },
    check_filterbank);

}  // namespace
}  // namespace dali::golden
