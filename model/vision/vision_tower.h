// SPDX-License-Identifier: LGPL-2.1-or-later
// CLIP's vision transformer (Radford et al., 2021), as LLaVA-1.5 reads it: patch tokens of an
// earlier layer, without the class token and the final norm (Liu et al., 2023).
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/pimpl.h>

#include <vector>

#include "model/base/model_config.h"
#include "model/tensor/normalisation.h"
#include "model/tensor/patch_embedding.h"

namespace dali {

// Turns pixels into tokens. Safe to call from several threads at once, as nothing changes in
// forward.
struct VisionTowerImpl : torch::nn::Module {
  explicit VisionTowerImpl(const VisionTowerConfig& config);

  // pixels [batch, 3, image_size_px, image_size_px], normalised, any dtype -> [batch, tokens,
  // width] in the weights' dtype: the output of feature_layers blocks, one token a patch, row by
  // row.
  torch::Tensor forward(const torch::Tensor& pixels);

  // The class token and the patch tokens, [batch, 1 + tokens, width], as the first block sees them
  // and then after each of the first `count` blocks: count + 1 states, 0 <= count <= layers.
  std::vector<torch::Tensor> hidden_states(const torch::Tensor& pixels, int count);

  torch::Tensor class_embedding;            // [width]
  PatchEmbedding patch_embedding{nullptr};  // [width, 3, patch_size_px, patch_size_px], no bias
  torch::Tensor position_embedding;         // [1 + tokens, width]; the class token's first
  LayerNorm pre_norm{nullptr};              // [width]
  torch::nn::ModuleList blocks{nullptr};    // of TransformerBlock; `layers` of them, as stored

 private:
  torch::Tensor embed(const torch::Tensor& pixels);

  int image_size_px_;
  int feature_layers_;
};
TORCH_MODULE(VisionTower);

}  // namespace dali
