// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "model/base/model_config.h"
#include "model/language/key_value_cache.h"
#include "model/language/rotary_embedding.h"
#include "model/tensor/linear.h"
#include "model/tensor/normalisation.h"

namespace dali {

// What all layers share in one pass through the decoder.
struct DecoderPass {
  RotaryAngles angles;  // [tokens, head_width] each, of the pass's own tokens
  torch::Tensor mask;   // as dot_product_attention wants it; undefined: see what came before
  KeyValueCache* cache = nullptr;  // borrowed; null: the tokens see only each other
};

// Attention over earlier tokens, with rotary positions and perhaps fewer key heads than query
// heads.
struct DecoderAttentionImpl : torch::nn::Module {
  explicit DecoderAttentionImpl(const DecoderConfig& config);

  // x [batch, tokens, width] -> [batch, tokens, width]; layer is this layer's place in the cache.
  torch::Tensor forward(const torch::Tensor& x, const DecoderPass& pass, int64_t layer);

  Linear query{nullptr};   // [width, width]
  Linear key{nullptr};     // [kv_heads·head_width, width]
  Linear value{nullptr};   // [kv_heads·head_width, width]
  Linear output{nullptr};  // [width, width]

 private:
  int64_t heads_;
  int64_t kv_heads_;
};
TORCH_MODULE(DecoderAttention);

// SwiGLU: contract(silu(gate x) · expand x).
struct GatedMlpImpl : torch::nn::Module {
  explicit GatedMlpImpl(const DecoderConfig& config);

  // x [batch, tokens, width] -> [batch, tokens, width]
  torch::Tensor forward(const torch::Tensor& x);

  Linear gate{nullptr};      // [mlp_width, width]
  Linear expand{nullptr};    // [mlp_width, width]
  Linear contract{nullptr};  // [width, mlp_width]
};
TORCH_MODULE(GatedMlp);

struct DecoderLayerImpl : torch::nn::Module {
  explicit DecoderLayerImpl(const DecoderConfig& config);

  // x [batch, tokens, width] -> [batch, tokens, width] in the weights' dtype
  torch::Tensor forward(const torch::Tensor& x, const DecoderPass& pass, int64_t layer);

  RmsNorm attention_norm{nullptr};  // [width]
  DecoderAttention attention{nullptr};
  RmsNorm mlp_norm{nullptr};  // [width]
  GatedMlp mlp{nullptr};
};
TORCH_MODULE(DecoderLayer);

}  // namespace dali
