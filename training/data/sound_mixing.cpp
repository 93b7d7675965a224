// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/sound_mixing.h"

#include <ATen/Functions.h>

namespace dali {
namespace {

// The natural logarithm of the energy.
torch::Tensor log_energy(const torch::Tensor& spectrogram, const SpectrogramConfig& config) {
  return spectrogram * config.deviation + config.mean;
}

}  // namespace

torch::Tensor heard_together(const torch::Tensor& one, const torch::Tensor& other,
                             const SpectrogramConfig& config) {
  const auto sum = at::logaddexp(log_energy(one, config), log_energy(other, config));
  return (sum - config.mean) / config.deviation;
}

double energy_of(const torch::Tensor& spectrogram, const SpectrogramConfig& config) {
  return log_energy(spectrogram.to(at::kDouble), config).exp().sum().item<double>();
}

}  // namespace dali
