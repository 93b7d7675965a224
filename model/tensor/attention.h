// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include "model/kernels/attention.h"

namespace dali {

// Whether attention over `query` and its like is computed without gradients on the CPU, where it
// takes tensors as products leave them behind: with any strides, as long as the numbers of a head
// lie side by side. Elsewhere each of them is copied unless it is contiguous.
bool attends_in_place(const at::Tensor& query);

// All of a task (model/kernels/attention.h), side by side on the threads that this one computes
// with.
void attend_in_threads(const AttentionTask& task);

// softmax(query · keyᵀ / √head_width + mask) · value, the softmax in float32.
// query [batch, heads, tokens, head_width], key and value [batch, kv_heads, key_tokens,
// head_width], all of one dtype -> [batch, heads, tokens, head_width]. heads is a multiple of
// kv_heads: query heads h·heads/kv_heads and following share key head h. mask [tokens, key_tokens]
// or [batch or 1, 1, tokens, key_tokens], or undefined: added to the scores, in their dtype; or
// bool, true where a query may look.
at::Tensor dot_product_attention(const at::Tensor& query, const at::Tensor& key,
                                 const at::Tensor& value, const at::Tensor& mask = {});

// The same where each token sees itself and those before it: query i of `tokens` looks at the keys
// up to number key_tokens - tokens + i. Computes no score that a mask would throw away but those
// within a block of queries, which saves half of the work on a long prompt.
at::Tensor causal_attention(const at::Tensor& query, const at::Tensor& key,
                            const at::Tensor& value);

// allowed, bool, any shape -> the mask to add to scores of that dtype. Forbidden places get the
// lowest finite number and not -∞, so that a query that may look nowhere, as padding does, yields a
// mean over all and no NaN.
at::Tensor additive_mask(const at::Tensor& allowed, at::ScalarType dtype);

}  // namespace dali
