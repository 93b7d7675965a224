// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/tensor/attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "model/kernels/attention.h"
#include "model/tensor/matrix_product.h"
#include "model/tensor/recomputation.h"
#include "model/tensor/threads.h"

namespace dali {
namespace {

// Queries whose scores are computed together: so few that these stay in a cache between the two
// products, so many that the products are efficient.
constexpr int64_t kBlockTokens = 128;

void check_shapes(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value) {
  TORCH_CHECK(query.dim() == 4 && key.dim() == 4 && key.sizes() == value.sizes() &&
                  query.size(0) == key.size(0) && query.size(3) == key.size(3) &&
                  query.size(1) % key.size(1) == 0,
              "attention wants query [batch, heads, tokens, head_width] and key and value [batch, "
              "kv_heads, key_tokens, head_width], got ",
              query.sizes(), ", ", key.sizes(), " and ", value.sizes());
}

bool is_in_place(const at::Tensor& heads, const at::Tensor& query) {
  return heads.stride(3) == 1 && heads.scalar_type() == query.scalar_type() && heads.is_cpu();
}

bool is_fused(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value) {
  return attends_in_place(query) && is_in_place(query, query) && is_in_place(key, query) &&
         is_in_place(value, query) && query.numel() > 0 && key.numel() > 0;
}

template <typename Pointer>
HeadsAt<Pointer> heads_at(const at::Tensor& heads) {
  return {.numbers = heads.data_ptr(),
          .is_bfloat16 = heads.scalar_type() == at::kBFloat16,
          .batch_stride = heads.stride(0),
          .head_stride = heads.stride(1),
          .token_stride = heads.stride(2)};
}

// The result's tokens lie as the next product wants them, [batch, tokens, heads, head_width].
at::Tensor fused_attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                           bool is_causal) {
  const auto result =
      at::empty({query.size(0), query.size(2), query.size(1), query.size(3)}, query.options())
          .transpose(1, 2);
  attend_in_threads({.batch = query.size(0),
                     .heads = query.size(1),
                     .kv_heads = key.size(1),
                     .tokens = query.size(2),
                     .key_tokens = key.size(2),
                     .head_width = query.size(3),
                     .is_causal = is_causal,
                     .query = heads_at<const void*>(query),
                     .key = heads_at<const void*>(key),
                     .value = heads_at<const void*>(value),
                     .result = heads_at<void*>(result)});
  return result;
}

double scale_of(const at::Tensor& query) {
  return 1.0 / std::sqrt(static_cast<double>(query.size(3)));
}

// [batch, kv_heads, tokens, head_width] -> [batch·kv_heads, tokens, head_width]
at::Tensor joined_heads(const at::Tensor& x) {
  return x.reshape({x.size(0) * x.size(1), x.size(2), x.size(3)});
}

double lowest(at::ScalarType dtype) {
  switch (dtype) {
    case at::kHalf:
      return std::numeric_limits<c10::Half>::lowest();
    case at::kBFloat16:
      return std::numeric_limits<c10::BFloat16>::lowest();
    default:
      return std::numeric_limits<float>::lowest();
  }
}

// mask -> something that broadcasts to [batch·kv_heads, group·tokens, key_tokens]. Copies a mask
// only where every sample has its own or several query heads share a key head.
at::Tensor mask_of_groups(const at::Tensor& mask, int64_t batch, int64_t kv_heads, int64_t group) {
  const auto tokens = mask.size(-2);
  const auto key_tokens = mask.size(-1);
  const bool differs_by_sample = mask.dim() == 4 && mask.size(0) > 1;
  if (!differs_by_sample) {
    const auto shared = mask.reshape({1, tokens, key_tokens});
    return group == 1 ? shared : shared.repeat({1, group, 1});
  }
  return mask.unsqueeze(1)
      .expand({batch, kv_heads, group, tokens, key_tokens})
      .reshape({batch * kv_heads, group * tokens, key_tokens});
}

}  // namespace

bool attends_in_place(const at::Tensor& query) {
  const auto dtype = query.scalar_type();
  return query.is_cpu() && (dtype == at::kFloat || dtype == at::kBFloat16) &&
         !at::GradMode::is_enabled() && !will_be_computed_again();
}

void attend_in_threads(const AttentionTask& task) {
  // Waking a thread costs as much as some hundred thousand products do.
  constexpr int64_t kLeastProducts = 200'000;
  const auto pieces = attention_pieces(task);
  const auto products = task.batch * task.heads * task.tokens * task.key_tokens * task.head_width;
  const auto least = std::max<int64_t>(kLeastProducts * pieces / products, 1);
  in_parts(pieces, least, [&](int64_t first, int64_t end) { attend(task, first, end); });
}

at::Tensor additive_mask(const at::Tensor& allowed, at::ScalarType dtype) {
  return at::zeros(allowed.sizes(), allowed.options().dtype(dtype))
      .masked_fill_(allowed.logical_not(), lowest(dtype));
}

at::Tensor dot_product_attention(const at::Tensor& query, const at::Tensor& key,
                                 const at::Tensor& value, const at::Tensor& mask) {
  check_shapes(query, key, value);
  if (!mask.defined() && is_fused(query, key, value)) {
    return fused_attention(query, key, value, /*is_causal=*/false);
  }
  if (is_better_widened(query)) {
    const bool is_added = mask.defined() && mask.is_floating_point();
    return dot_product_attention(query.to(at::kFloat), key.to(at::kFloat), value.to(at::kFloat),
                                 is_added ? mask.to(at::kFloat) : mask)
        .to(query.scalar_type());
  }
  const auto batch = query.size(0);
  const auto tokens = query.size(2);
  const auto head_width = query.size(3);
  const auto kv_heads = key.size(1);
  const auto key_tokens = key.size(2);
  const auto group = query.size(1) / kv_heads;

  // Query heads that share a key head become rows of one product, so keys are never repeated.
  const auto queries = query.reshape({batch * kv_heads, group * tokens, head_width});
  const auto keys = joined_heads(key).transpose(1, 2);
  const auto values = joined_heads(value);

  at::Tensor scores;
  if (!mask.defined()) {
    scores = at::bmm(queries * scale_of(query), keys);
  } else {
    TORCH_CHECK((mask.dim() == 2 || (mask.dim() == 4 && mask.size(1) == 1 &&
                                     (mask.size(0) == 1 || mask.size(0) == batch))) &&
                    mask.size(-2) == tokens && mask.size(-1) == key_tokens,
                "attention wants a mask [", tokens, ", ", key_tokens, "] or [", batch, ", 1, ",
                tokens, ", ", key_tokens, "], got ", mask.sizes());
    const auto added =
        mask.scalar_type() == at::kBool ? additive_mask(mask, queries.scalar_type()) : mask;
    scores = at::baddbmm(mask_of_groups(added, batch, kv_heads, group), queries, keys, /*beta=*/1,
                         /*alpha=*/scale_of(query));
  }
  // For narrower dtypes the kernel computes in float32 and rounds its result.
  return at::bmm(at::softmax(scores, -1), values).view({batch, query.size(1), tokens, head_width});
}

at::Tensor causal_attention(const at::Tensor& query, const at::Tensor& key,
                            const at::Tensor& value) {
  check_shapes(query, key, value);
  if (is_fused(query, key, value) && key.size(2) >= query.size(2)) {
    return fused_attention(query, key, value, /*is_causal=*/true);
  }
  if (is_better_widened(query)) {
    return causal_attention(query.to(at::kFloat), key.to(at::kFloat), value.to(at::kFloat))
        .to(query.scalar_type());
  }
  const auto batch = query.size(0);
  const auto heads = query.size(1);
  const auto tokens = query.size(2);
  const auto head_width = query.size(3);
  const auto kv_heads = key.size(1);
  const auto earlier_tokens = key.size(2) - tokens;
  const auto group = heads / kv_heads;
  TORCH_CHECK(earlier_tokens >= 0, "causal attention wants a key for each of ", tokens,
              " queries, got ", key.sizes());

  const auto block_tokens = std::min(tokens, kBlockTokens);
  at::Tensor
      later_hidden;  // [block_tokens, block_tokens], added to the scores of a block's own keys
  if (block_tokens > 1) {
    const auto allowed = at::ones({block_tokens, block_tokens}, query.options().dtype(at::kBool));
    later_hidden = additive_mask(allowed.tril(), query.scalar_type());
  }
  const auto keys = joined_heads(key).transpose(1, 2);
  const auto values = joined_heads(value);
  std::vector<at::Tensor> blocks;
  for (int64_t first = 0; first < tokens; first += block_tokens) {
    const auto count = std::min(block_tokens, tokens - first);
    const auto seen = earlier_tokens + first + count;
    const auto queries =
        query.narrow(2, first, count).reshape({batch * kv_heads, group * count, head_width});
    auto scores = at::bmm(queries * scale_of(query), keys.narrow(2, 0, seen));
    if (count > 1) {
      scores.view({batch * kv_heads, group, count, seen})
          .narrow(3, seen - count, count)
          .add_(later_hidden.narrow(0, 0, count).narrow(1, 0, count));
    }
    blocks.push_back(at::bmm(at::softmax(scores, -1), values.narrow(1, 0, seen))
                         .view({batch, heads, count, head_width}));
  }
  return blocks.size() == 1 ? blocks.front() : at::cat(blocks, 2);
}

}  // namespace dali
