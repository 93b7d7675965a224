// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Generator.h>
#include <torch/types.h>

#include <cstdint>

namespace dali {

// For what is drawn of a clip in an epoch: the same in every process and in whatever batch.
at::Generator generator_of_clip(std::uint64_t seed, int epoch, std::int64_t clip);

// spectrogram [frames, mel_bins] with noise of random strength and a random roll along time, as
// CAV-MAE's dataloader varies what it trains on.
torch::Tensor augmented(const torch::Tensor& spectrogram, at::Generator& generator);

}  // namespace dali
