// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/audio/log_mel.h"

#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/fft_rfft.h>
#include <ATen/ops/view_as_real.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace dali {
namespace {

constexpr double kPreEmphasis = 0.97;
constexpr double kEnergyFloor = std::numeric_limits<float>::epsilon();  // Kaldi's
constexpr std::int64_t kBlockFrames = 128;  // transformed at once; bounds the memory of a long clip

// Everything up to the logarithm is in double precision: the spectrum of a loud low tone spans more
// than float32 holds, and there its rounding shows after the logarithm.

// samples [kFrameSamples] -> frame [kFrameSamples].
void prepare_frame(const float* samples, const std::vector<double>& window, double* frame) {
  double sum = 0.0;
  for (int index = 0; index < kFrameSamples; ++index) sum += samples[index];
  const double mean = sum / kFrameSamples;
  double previous = samples[0] - mean;  // the first sample is its own predecessor
  for (int index = 0; index < kFrameSamples; ++index) {
    const double current = samples[index] - mean;
    frame[index] = (current - kPreEmphasis * previous) * window[index];
    previous = current;
  }
}

// spectrum [kFftPoints / 2 + 1, real and imaginary] -> log_mel [filters].
void write_log_energies(const double* spectrum, const std::vector<MelFilter>& filters,
                        float* log_mel) {
  for (std::size_t index = 0; index < filters.size(); ++index) {
    const MelFilter& filter = filters[index];
    const double* bin = spectrum + 2 * filter.first_bin;
    double energy = 0.0;
    for (const double weight : filter.weights) {
      energy += weight * (bin[0] * bin[0] + bin[1] * bin[1]);
      bin += 2;
    }
    log_mel[index] = static_cast<float>(std::log(std::max(energy, kEnergyFloor)));
  }
}

}  // namespace

LogMelStream::LogMelStream(const SpectrogramConfig& config)
    : window_(hann_window(kFrameSamples)),
      filters_(mel_filterbank({.mel_bins = config.mel_bins, .fft_points = kFftPoints})) {}

at::Tensor LogMelStream::push(std::span<const float> samples) {
  const auto is_finite = [](float sample) { return std::isfinite(sample); };
  if (!std::all_of(samples.begin(), samples.end(), is_finite)) {
    throw std::invalid_argument(
        "log-mel spectrogram: the waveform has a sample that is not finite");
  }
  pending_.insert(pending_.end(), samples.begin(), samples.end());

  const auto pending_samples = static_cast<std::int64_t>(pending_.size());
  const std::int64_t frames =
      pending_samples < kFrameSamples ? 0 : 1 + (pending_samples - kFrameSamples) / kHopSamples;
  const auto mel_bins = static_cast<std::int64_t>(filters_.size());
  at::Tensor log_mel = at::empty({frames, mel_bins}, at::kFloat);
  float* row = log_mel.data_ptr<float>();
  for (std::int64_t first = 0; first < frames; first += kBlockFrames) {
    const std::int64_t block_frames = std::min(kBlockFrames, frames - first);
    const at::Tensor block = at::zeros({block_frames, kFftPoints}, at::kDouble);
    for (std::int64_t index = 0; index < block_frames; ++index) {
      prepare_frame(pending_.data() + (first + index) * kHopSamples, window_,
                    block.data_ptr<double>() + index * kFftPoints);
    }
    const at::Tensor spectrum = at::view_as_real(at::fft_rfft(block)).contiguous();
    for (std::int64_t index = 0; index < block_frames; ++index, row += mel_bins) {
      write_log_energies(spectrum.data_ptr<double>() + index * (kFftPoints + 2), filters_, row);
    }
  }
  pending_.erase(pending_.begin(), pending_.begin() + frames * kHopSamples);
  return log_mel;
}

void LogMelStream::clear() {
  pending_.clear();
}

at::Tensor log_mel_spectrogram(std::span<const float> waveform, const SpectrogramConfig& config) {
  if (waveform.size() < kFrameSamples) {
    throw std::invalid_argument("log-mel spectrogram: " + std::to_string(waveform.size()) +
                                " samples are shorter than one frame of " +
                                std::to_string(kFrameSamples));
  }
  return LogMelStream(config).push(waveform);
}

at::Tensor normalised_spectrogram(const at::Tensor& log_mel, const SpectrogramConfig& config) {
  TORCH_CHECK(log_mel.dim() == 2 && log_mel.size(1) == config.mel_bins,
              "normalised_spectrogram wants [frames, ", config.mel_bins, "], got ",
              log_mel.sizes());
  // A negative padding cuts.
  const std::int64_t missing_frames = config.frames - log_mel.size(0);
  const at::Tensor padded = at::constant_pad_nd(log_mel, {0, 0, 0, missing_frames}, 0.0);
  return padded.sub(config.mean).div(config.deviation);
}

}  // namespace dali
