// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

namespace dali {

struct PatchEmbeddingConfig {
  int channels = 0;
  int patch_size = 0;  // pixels, or mel bins and frames
  int width = 0;
  bool has_bias = true;
};

// Cuts a picture into square patches that do not overlap and maps each to one token. The weight has
// a convolution's shape, but each patch is read once, so the whole is one matrix product.
struct PatchEmbeddingImpl : torch::nn::Module {
  explicit PatchEmbeddingImpl(const PatchEmbeddingConfig& config);

  // picture [batch, channels, rows, columns], both multiples of patch_size -> [batch, tokens,
  // width] in the weight's dtype, token = patch row · patches in a row + patch column.
  torch::Tensor forward(const torch::Tensor& picture) const;

  torch::Tensor weight;  // [width, channels, patch_size, patch_size]
  torch::Tensor bias;    // [width]; undefined and not registered without one
};
TORCH_MODULE(PatchEmbedding);

}  // namespace dali
