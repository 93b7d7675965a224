// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

#include "model/base/model_config.h"

namespace dali {

// What two clips sound like at once. Both are normalised log-mel spectrograms of one shape, and so
// is the result: the energies of each band add up, as those of sounds that have nothing to do with
// each other do.
torch::Tensor heard_together(const torch::Tensor& one, const torch::Tensor& other,
                             const SpectrogramConfig& config);

// The energy of a normalised log-mel spectrogram, summed over frames and bands: to compare two by.
double energy_of(const torch::Tensor& spectrogram, const SpectrogramConfig& config);

}  // namespace dali
