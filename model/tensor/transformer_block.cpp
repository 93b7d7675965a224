// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/tensor/transformer_block.h"

#include <ATen/ops/gelu.h>
#include <ATen/ops/silu.h>

#include "model/kernels/rows.h"
#include "model/tensor/attention.h"
#include "model/tensor/matrix_product.h"
#include "model/tensor/threads.h"

namespace dali {
namespace {

NormConfig norm_config(const TransformerBlockConfig& config) {
  return {.width = config.width, .epsilon = config.norm_epsilon};
}

// Calls function(numbers, is_bfloat16, count) for parts of x, on all threads.
template <typename Function>
void replace_numbers(const torch::Tensor& x, Function function) {
  constexpr int64_t kLeastNumbers = 1 << 14;  // that are worth waking another thread
  const bool is_bfloat16 = x.scalar_type() == at::kBFloat16;
  in_parts(x.numel(), kLeastNumbers, [&](int64_t first, int64_t end) {
    auto* const bytes = static_cast<char*>(x.data_ptr());
    function(bytes + first * static_cast<int64_t>(x.element_size()), is_bfloat16, end - first);
  });
}

// x · sigmoid(s x) = silu(s x) / s: one function with one backward pass instead of three.
torch::Tensor differentiable_quick_gelu(const torch::Tensor& x) {
  constexpr double kSlope = 1.702;
  return at::silu(x * kSlope) * (1.0 / kSlope);
}

// hidden, which nobody else has -> the activation of it, in its place where that can be.
torch::Tensor activated(const torch::Tensor& hidden, Activation activation) {
  const bool is_exact = activation == Activation::kGelu;
  if (!attends_in_place(hidden) || !hidden.is_contiguous()) {
    if (is_better_widened(hidden)) {
      return activated(hidden.to(at::kFloat), activation).to(hidden.scalar_type());
    }
    return is_exact ? at::gelu(hidden) : differentiable_quick_gelu(hidden);
  }
  replace_numbers(hidden, is_exact ? gelu : quick_gelu);
  return hidden;
}

}  // namespace

SelfAttentionImpl::SelfAttentionImpl(const TransformerBlockConfig& config)
    : query_key_value(register_module(
          "query_key_value",
          Linear(LinearConfig{.input_width = config.width, .output_width = 3 * config.width}))),
      output(register_module("output", Linear(LinearConfig{.input_width = config.width,
                                                           .output_width = config.width}))),
      heads_(config.heads) {
  TORCH_CHECK(heads_ > 0 && config.width % heads_ == 0, "SelfAttention wants a width that ", heads_,
              " heads divide, got ", config.width);
}

torch::Tensor SelfAttentionImpl::forward(const torch::Tensor& x) {
  const auto batch = x.size(0);
  const auto tokens = x.size(1);
  const auto width = x.size(2);
  auto all = query_key_value(x)
                 .view({batch, tokens, 3, heads_, width / heads_})
                 .permute({2, 0, 3, 1, 4});  // [3, batch, heads, tokens, head_width]
  // Where attention wants its own order, one copy brings all three into it.
  if (!attends_in_place(all)) all = all.contiguous();
  const auto split = all.unbind(0);
  const auto heads = dot_product_attention(split[0], split[1], split[2]);
  return output(heads.transpose(1, 2).reshape({batch, tokens, width}));
}

MlpImpl::MlpImpl(const TransformerBlockConfig& config)
    : expand(register_module("expand", Linear(LinearConfig{.input_width = config.width,
                                                           .output_width = config.mlp_width}))),
      contract(register_module("contract", Linear(LinearConfig{.input_width = config.mlp_width,
                                                               .output_width = config.width}))),
      activation_(config.activation) {}

torch::Tensor MlpImpl::forward(const torch::Tensor& x) {
  return contract(activated(expand(x), activation_));
}

TransformerBlockImpl::TransformerBlockImpl(const TransformerBlockConfig& config)
    : attention_norm(register_module("attention_norm", LayerNorm(norm_config(config)))),
      attention(register_module("attention", SelfAttention(config))),
      mlp_norm(register_module("mlp_norm", LayerNorm(norm_config(config)))),
      mlp(register_module("mlp", Mlp(config))) {}

torch::Tensor TransformerBlockImpl::forward(const torch::Tensor& x) {
  TORCH_CHECK(x.dim() == 3, "TransformerBlock wants [batch, tokens, width], got ", x.sizes());
  const auto attended = x + attention(attention_norm(x));
  return attended + mlp(mlp_norm(attended));
}

}  // namespace dali
