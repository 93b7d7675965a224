// SPDX-License-Identifier: LGPL-2.1-or-later
// How the next token is chosen, step by step as the `transformers` library does it: repetition
// penalty, temperature, top-k, top-p, in this order. Everything stays on the logits' device, and
// nothing here waits for it.
#pragma once

#include <ATen/core/Tensor.h>

#include <random>

namespace dali {

struct SamplingOptions {
  double temperature = 0.0;         // 0: greedy, and neither top_k nor top_p matters
  int top_k = 0;                    // 0: all
  double top_p = 1.0;               // 1: all
  double repetition_penalty = 1.0;  // 1: none
};

// logits [vocabulary], float32 -> the same, less likely where an id is one of generated_ids
// [count], int64, on the same device: positive ones divided by the penalty, negative ones
// multiplied.
at::Tensor penalise_repetition(const at::Tensor& logits, const at::Tensor& generated_ids,
                               double penalty);

// The warpers: logits [..., vocabulary], float32 -> the same, -∞ where a token is ruled out.
at::Tensor divide_by_temperature(const at::Tensor& logits, double temperature);  // above 0
at::Tensor keep_top_k(const at::Tensor& logits, int top_k);     // ties with the last are kept
at::Tensor keep_top_p(const at::Tensor& logits, double top_p);  // the likeliest is always kept

// logits [vocabulary], float32, any device -> an id, [], int64, there. Draws one number from the
// engine unless greedy; engine and inversion are our own choice, so that a seed means the same with
// every LibTorch and, up to rounding, on every device.
at::Tensor next_token(const at::Tensor& logits, const SamplingOptions& options,
                      std::mt19937_64& engine);

}  // namespace dali
