// SPDX-License-Identifier: LGPL-2.1-or-later
// The pre-norm transformer block that both towers are stacks of (Dosovitskiy et al., "An Image is
// Worth 16x16 Words", 2021).
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "model/tensor/linear.h"
#include "model/tensor/normalisation.h"

namespace dali {

enum class Activation {
  kGelu,       // exact, with the error function: CAV-MAE
  kQuickGelu,  // x · sigmoid(1.702 x): CLIP
};

struct TransformerBlockConfig {
  int width = 0;  // a multiple of heads
  int heads = 0;
  int mlp_width = 0;
  double norm_epsilon = 1e-5;
  Activation activation = Activation::kGelu;
};

// Every token looks at every token of its sample.
struct SelfAttentionImpl : torch::nn::Module {
  explicit SelfAttentionImpl(const TransformerBlockConfig& config);

  // x [batch, tokens, width] -> [batch, tokens, width]
  torch::Tensor forward(const torch::Tensor& x);

  Linear query_key_value{nullptr};  // [3·width, width]: rows of query, key, value
  Linear output{nullptr};           // [width, width]

 private:
  int heads_;
};
TORCH_MODULE(SelfAttention);

struct MlpImpl : torch::nn::Module {
  explicit MlpImpl(const TransformerBlockConfig& config);

  // x [batch, tokens, width] -> [batch, tokens, width]
  torch::Tensor forward(const torch::Tensor& x);

  Linear expand{nullptr};    // [mlp_width, width]
  Linear contract{nullptr};  // [width, mlp_width]

 private:
  Activation activation_;
};
TORCH_MODULE(Mlp);

struct TransformerBlockImpl : torch::nn::Module {
  explicit TransformerBlockImpl(const TransformerBlockConfig& config);

  // x [batch, tokens, width] -> [batch, tokens, width] in the weights' dtype
  torch::Tensor forward(const torch::Tensor& x);

  LayerNorm attention_norm{nullptr};  // [width]
  SelfAttention attention{nullptr};
  LayerNorm mlp_norm{nullptr};  // [width]
  Mlp mlp{nullptr};
};
TORCH_MODULE(TransformerBlock);

}  // namespace dali
