// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace dali {

// What a masked autoencoder of spectrograms learns by (Huang et al., "Masked Autoencoders that
// Listen", 2022; CAV-MAE takes it over): from a few patches it is to tell the others.

// How many of `count` patches are masked: round(masked_share · count).
std::int64_t masked_patches(std::int64_t count, double masked_share);

// `count` patches, as many of them true: [count], bool.
at::Tensor draw_patch_mask(std::int64_t count, double masked_share, at::Generator& generator);

// spectrogram [batch, frames, mel_bins], mask [batch, patches] with the patches in the audio
// tower's order, frequency by frequency -> the spectrogram with 0, its mean, in the masked patches.
at::Tensor masked_spectrogram(const at::Tensor& spectrogram, const at::Tensor& mask,
                              std::int64_t patch_size);

// The mean squared error of the masked patches, each first brought to mean 0 and deviation 1, so
// that faint ones count as much as loud ones. predicted [batch, patches, patch_size²], frequency by
// frequency -> a number. At least one patch is masked.
at::Tensor masked_reconstruction_error(const at::Tensor& predicted, const at::Tensor& spectrogram,
                                       const at::Tensor& mask, std::int64_t patch_size);

}  // namespace dali
