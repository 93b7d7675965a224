// How the next token is chosen, step by step as the `transformers` library does it: repetition
// penalty, temperature, top-k, top-p, in this order.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <random>
#include <span>

namespace dali {

struct SamplingOptions {
  double temperature = 0.0;         // 0: greedy, and neither top_k nor top_p matters
  int top_k = 0;                    // 0: all
  double top_p = 1.0;               // 1: all
  double repetition_penalty = 1.0;  // 1: none
};

// logits [vocabulary], float32 -> the same, less likely where an id was generated before: positive
// ones divided by the penalty, negative ones multiplied.
at::Tensor penalise_repetition(const at::Tensor& logits, std::span<const int64_t> generated_ids,
                               double penalty);

// The warpers: logits [..., vocabulary], float32 -> the same, -∞ where a token is ruled out.
at::Tensor divide_by_temperature(const at::Tensor& logits, double temperature);  // above 0
at::Tensor keep_top_k(const at::Tensor& logits, int top_k);     // ties with the last are kept
at::Tensor keep_top_p(const at::Tensor& logits, double top_p);  // the likeliest is always kept

// logits [vocabulary], float32, any device -> an id. Draws one number from the engine unless
// greedy; engine and inversion are our own choice, so that a seed means the same with every
// LibTorch and device.
int64_t next_token(const at::Tensor& logits, const SamplingOptions& options,
                   std::mt19937_64& engine);

}  // namespace dali
