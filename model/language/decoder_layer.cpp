// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/decoder_layer.h"

#include <ATen/ops/silu.h>

#include <tuple>

#include "model/tensor/attention.h"

namespace dali {
namespace {

LinearConfig without_bias(int input_width, int output_width) {
  return {.input_width = input_width, .output_width = output_width, .has_bias = false};
}

int key_width(const DecoderConfig& config) {
  return config.width / config.heads * config.kv_heads;
}

NormConfig norm_config(const DecoderConfig& config) {
  return {.width = config.width, .epsilon = config.norm_epsilon};
}

// x [batch, tokens, heads·head_width] -> [batch, heads, tokens, head_width], contiguous
torch::Tensor split_heads(const torch::Tensor& x, int64_t heads) {
  return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2).contiguous();
}

}  // namespace

DecoderAttentionImpl::DecoderAttentionImpl(const DecoderConfig& config)
    : query(register_module("query", Linear(without_bias(config.width, config.width)))),
      key(register_module("key", Linear(without_bias(config.width, key_width(config))))),
      value(register_module("value", Linear(without_bias(config.width, key_width(config))))),
      output(register_module("output", Linear(without_bias(config.width, config.width)))),
      heads_(config.heads),
      kv_heads_(config.kv_heads) {}

torch::Tensor DecoderAttentionImpl::forward(const torch::Tensor& x, const DecoderPass& pass,
                                            int64_t layer) {
  const auto queries = rotate(split_heads(query(x), heads_), pass.angles);
  auto keys = rotate(split_heads(key(x), kv_heads_), pass.angles);
  auto values = split_heads(value(x), kv_heads_);
  if (pass.cache != nullptr) {
    std::tie(keys, values) = pass.cache->append(layer, keys, values);
    keys = keys.to(queries.scalar_type());  // of integers the cache has another
    values = values.to(queries.scalar_type());
  }
  const auto heads = pass.mask.defined() ? dot_product_attention(queries, keys, values, pass.mask)
                                         : causal_attention(queries, keys, values);
  return output(heads.transpose(1, 2).reshape(x.sizes()));
}

GatedMlpImpl::GatedMlpImpl(const DecoderConfig& config)
    : gate(register_module("gate", Linear(without_bias(config.width, config.mlp_width)))),
      expand(register_module("expand", Linear(without_bias(config.width, config.mlp_width)))),
      contract(register_module("contract", Linear(without_bias(config.mlp_width, config.width)))) {}

torch::Tensor GatedMlpImpl::forward(const torch::Tensor& x) {
  return contract(at::silu(gate(x)) * expand(x));
}

DecoderLayerImpl::DecoderLayerImpl(const DecoderConfig& config)
    : attention_norm(register_module("attention_norm", RmsNorm(norm_config(config)))),
      attention(register_module("attention", DecoderAttention(config))),
      mlp_norm(register_module("mlp_norm", RmsNorm(norm_config(config)))),
      mlp(register_module("mlp", GatedMlp(config))) {}

torch::Tensor DecoderLayerImpl::forward(const torch::Tensor& x, const DecoderPass& pass,
                                        int64_t layer) {
  const auto attended = x + attention->forward(attention_norm(x), pass, layer);
  return attended + mlp(mlp_norm(attended));
}

}  // namespace dali
