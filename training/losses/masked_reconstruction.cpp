// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/masked_reconstruction.h"

#include <ATen/Functions.h>

#include <cmath>

namespace dali {
namespace {

constexpr double kLeastVariance = 1e-6;  // of patches without sound

// spectrogram [batch, frames, mel_bins] -> [batch, patches, patch_size²]
at::Tensor patches_of(const at::Tensor& spectrogram, std::int64_t patch_size) {
  const auto batch = spectrogram.size(0);
  const auto columns = spectrogram.size(1) / patch_size;
  const auto rows = spectrogram.size(2) / patch_size;
  return spectrogram.transpose(1, 2)
      .reshape({batch, rows, patch_size, columns, patch_size})
      .permute({0, 1, 3, 2, 4})
      .reshape({batch, rows * columns, patch_size * patch_size});
}

}  // namespace

std::int64_t masked_patches(std::int64_t count, double masked_share) {
  return std::llround(masked_share * static_cast<double>(count));
}

at::Tensor draw_patch_mask(std::int64_t count, double masked_share, at::Generator& generator) {
  const auto masked = masked_patches(count, masked_share);
  const auto order = at::randperm(count, generator, at::TensorOptions().dtype(at::kLong));
  return at::zeros({count}, at::kBool).index_fill_(0, order.narrow(0, 0, masked), true);
}

at::Tensor masked_spectrogram(const at::Tensor& spectrogram, const at::Tensor& mask,
                              std::int64_t patch_size) {
  const auto rows = spectrogram.size(2) / patch_size;
  const auto columns = spectrogram.size(1) / patch_size;
  TORCH_CHECK(
      mask.dim() == 2 && mask.size(0) == spectrogram.size(0) && mask.size(1) == rows * columns,
      "masked_spectrogram wants a mask [", spectrogram.size(0), ", ", rows * columns, "], got ",
      mask.sizes());
  const auto masked_bins = mask.view({mask.size(0), rows, columns})
                               .repeat_interleave(patch_size, 1)
                               .repeat_interleave(patch_size, 2)
                               .transpose(1, 2);  // [batch, frames, mel_bins]
  return spectrogram.masked_fill(masked_bins, 0.0);
}

at::Tensor masked_reconstruction_error(const at::Tensor& predicted, const at::Tensor& spectrogram,
                                       const at::Tensor& mask, std::int64_t patch_size) {
  const auto patches = patches_of(spectrogram, patch_size);
  TORCH_CHECK(predicted.sizes() == patches.sizes(), "masked_reconstruction_error wants patches ",
              patches.sizes(), ", got ", predicted.sizes());
  const auto mean = patches.mean({-1}, /*keepdim=*/true);
  const auto variance = patches.var({-1}, /*unbiased=*/false, /*keepdim=*/true);
  const auto target = (patches - mean) / (variance + kLeastVariance).sqrt();
  return (predicted - target).square().mean(-1).masked_select(mask).mean();
}

}  // namespace dali
