// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/audio/mel_filterbank.h"

#include <sleef.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace dali {
namespace {

// In float32 and with SLEEF's logarithm, as the reference: the last place of 2840 mel is 1e-5 of a
// weight, and other logarithms differ there, one value in two hundred. LibTorch's own calls SLEEF
// where it finds vectors of eight or sixteen numbers, and the standard library elsewhere; this one
// is the same everywhere.
float mel_of_bin(int bin, double bin_hz) {
  const float ratio = static_cast<float>(bin) * static_cast<float>(bin_hz) / 700.0f;
  return Sleef_cinz_logf1_u10purec(ratio + 1.0f) * 1127.0f;
}

double mel_of_hz(double hz) {
  return 1127.0 * std::log(1.0 + hz / 700.0);
}
double hz_of_mel(double mel) {
  return 700.0 * (std::exp(mel / 1127.0) - 1.0);
}

}  // namespace

std::vector<MelFilter> mel_filterbank(const MelFilterbankConfig& config) {
  if (config.mel_bins < 1 || config.fft_points < 2) {
    throw std::invalid_argument("mel filterbank: mel_bins must be at least 1, fft_points 2");
  }
  if (!(0.0 <= config.low_hz && config.low_hz < config.high_hz &&
        config.high_hz <= config.sample_rate_hz / 2.0)) {
    throw std::invalid_argument(
        "mel filterbank: 0 <= low_hz < high_hz <= sample_rate_hz / 2 must hold");
  }
  const double low_mel = mel_of_hz(config.low_hz);
  const double high_mel = mel_of_hz(config.high_hz);
  const auto step_mel = static_cast<float>((high_mel - low_mel) / (config.mel_bins + 1));
  const auto edge_mel = [&](int edge) {
    return static_cast<float>(low_mel) + static_cast<float>(edge) * step_mel;
  };
  const int bins = config.fft_points / 2;
  std::vector<float> bin_mels(bins);
  for (int bin = 0; bin < bins; ++bin) {
    bin_mels[bin] = mel_of_bin(bin, config.sample_rate_hz / config.fft_points);
  }

  std::vector<MelFilter> filters(config.mel_bins);
  for (int index = 0; index < config.mel_bins; ++index) {
    MelFilter& filter = filters[index];
    const float left_mel = edge_mel(index);
    const float centre_mel = edge_mel(index + 1);
    const float right_mel = edge_mel(index + 2);
    filter.centre_hz = hz_of_mel(centre_mel);
    for (int bin = 0; bin < bins; ++bin) {
      const float mel = bin_mels[bin];
      const float weight = std::min((mel - left_mel) / (centre_mel - left_mel),
                                    (right_mel - mel) / (right_mel - centre_mel));
      if (weight <= 0.0f) continue;
      if (filter.weights.empty()) filter.first_bin = bin;
      filter.weights.push_back(weight);
    }
  }
  return filters;
}

std::vector<double> hann_window(int samples) {
  if (samples < 2) throw std::invalid_argument("hann_window: at least two samples");
  std::vector<double> window(samples);
  for (int index = 0; index < samples; ++index) {
    window[index] = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * index / (samples - 1));
  }
  return window;
}

}  // namespace dali
