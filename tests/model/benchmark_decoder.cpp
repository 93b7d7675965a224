// SPDX-License-Identifier: LGPL-2.1-or-later
// How far the decoder is from what its matrix products alone cost, and what the cache, batches,
// attention in blocks and products of one row are worth. Ratios of one run: absolute times say more
// about the machine and its other users.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "model/language/decoder.h"
#include "model/language/generation.h"
#include "model/tensor/attention.h"
#include "model/tensor/linear.h"
#include "model/tensor/threads.h"
#include "tests/support/formula_weights.h"

namespace dali {
namespace {

// The least of several runs, in seconds: what others take from the machine only ever adds.
template <typename Run>
double seconds_of(Run run, int repetitions = 3) {
  run();
  double least = 1e9;
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    const auto start = std::chrono::steady_clock::now();
    run();
    least = std::min(
        least, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return least;
}

// The products with weights of one pass over `tokens` rows, and nothing else.
double seconds_of_products(Decoder decoder, int64_t tokens) {
  std::vector<torch::Tensor> weights;
  for (const auto& parameter : decoder->named_parameters()) {
    const bool is_product = parameter.value().dim() == 2 && parameter.key().starts_with("layers.");
    if (is_product) weights.push_back(parameter.value());
  }
  return seconds_of([&] {
    for (const auto& weight : weights) {
      at::mm(at::ones({1, 1}, weight.options()).expand({tokens, weight.size(1)}).contiguous(),
             weight.t());
    }
  });
}

void print_ratios(const char* name, const DecoderConfig& config, int64_t batch, int64_t tokens) {
  Decoder decoder(config);
  set_formula_weights(*decoder);
  const auto embeddings = formula_tensor({batch, tokens, config.width});
  const double products = seconds_of_products(decoder, batch * tokens);
  const double training = seconds_of([&] { decoder->forward(embeddings).sum().backward(); });
  const at::NoGradGuard no_gradients;
  const double prefill = seconds_of([&] { decoder->forward(embeddings); });

  const GenerationOptions options{.eos_id = -1, .max_new_tokens = 8};
  const auto one = embeddings.slice(0, 0, 1);
  const double cached = seconds_of([&] { generate(decoder, one, options); });
  const double encoded_again = seconds_of([&] {
    auto sequence = formula_tensor({1, tokens + options.max_new_tokens, config.width});
    for (int64_t step = 0; step < options.max_new_tokens; ++step) {
      decoder->logits(decoder->forward(sequence.slice(1, 0, tokens + step)));
    }
  });
  const double together = seconds_of([&] { generate_batch(decoder, embeddings, {}, options); });

  std::printf("%s: width %d, %d layers, %lld x %lld tokens\n", name, config.width, config.layers,
              static_cast<long long>(batch), static_cast<long long>(tokens));
  std::printf("  one pass / its products with weights          %6.2f\n", prefill / products);
  std::printf("  forward and backward / three times those      %6.2f\n", training / (3 * products));
  std::printf("  8 tokens by encoding again / with the cache   %6.2f\n", encoded_again / cached);
  std::printf("  rows one by one / in one batch                %6.2f\n",
              static_cast<double>(batch) * cached / together);
}

std::uint64_t sum_of_words(const char* bytes, int64_t count) {
  using Words [[gnu::vector_size(64)]] = std::uint64_t;
  Words sums[4] = {};
  for (int64_t i = 0; i + 256 <= count; i += 256) {
    for (int vector = 0; vector < 4; ++vector) {
      Words words;
      std::memcpy(&words, bytes + i + 64 * vector, sizeof words);
      sums[vector] += words;
    }
  }
  const Words all = sums[0] + sums[1] + sums[2] + sums[3];
  std::uint64_t sum = 0;
  for (int lane = 0; lane < 8; ++lane) sum += all[lane];
  return sum;
}

// Medians of both, in seconds, one after the other in turn: what others take from the machine falls
// on both.
template <typename First, typename Second>
std::pair<double, double> medians_in_turn(First first, Second second, int repetitions = 7) {
  std::vector<double> times[2];
  const auto measured = [](auto run) {
    const auto start = std::chrono::steady_clock::now();
    run();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  first();
  second();
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    times[0].push_back(measured(first));
    times[1].push_back(measured(second));
  }
  for (auto& of_one : times) std::sort(of_one.begin(), of_one.end());
  return {times[0][times[0].size() / 2], times[1][times[1].size() / 2]};
}

struct AttentionCase {
  const char* name;
  int64_t heads, tokens, head_width;
  bool is_causal;
};

// The fused attention against that of matrix products and a softmax, which gradients still take, on
// what the products with weights leave behind. Its rate counts the products that are needed.
void print_attention_ratio(const AttentionCase& shape, at::ScalarType dtype) {
  const at::NoGradGuard no_gradients;
  const auto rows = formula_tensor({1, shape.tokens, 3, shape.heads, shape.head_width}).to(dtype);
  const auto heads = rows.permute({2, 0, 3, 1, 4}).unbind(0);
  const auto attend = [&](bool is_fused) {
    const at::AutoGradMode gradients(!is_fused);
    const auto result = shape.is_causal ? causal_attention(heads[0], heads[1], heads[2])
                                        : dot_product_attention(heads[0], heads[1], heads[2]);
    return result.transpose(1, 2).reshape({1, shape.tokens, shape.heads * shape.head_width});
  };
  const auto [former, fused] = medians_in_turn([&] { attend(false); }, [&] { attend(true); });
  const double scores = static_cast<double>(shape.heads * shape.tokens * shape.tokens) *
                        (shape.is_causal ? 0.5 : 1.0);
  std::printf("attention by products / fused, %s, %-8s %6.2f (%.1f ms, %.0f GFLOP/s)\n", shape.name,
              c10::toString(dtype), former / fused, fused * 1e3,
              4 * scores * static_cast<double>(shape.head_width) / fused / 1e9);
}

// One token that attends to what the cache holds, against reading as much memory.
void print_token_attention_rate(at::ScalarType dtype) {
  const at::NoGradGuard no_gradients;
  const int64_t layers = 4, heads = 32, tokens = 1150, width = 128;  // more than the caches hold
  const auto query = formula_tensor({1, heads, 1, width}).to(dtype);
  const auto keys = formula_tensor({layers, 1, heads, tokens, width}).to(dtype);
  const auto values = keys.clone();
  const auto [read, attended] = medians_in_turn(
      [&] {
        for (const auto& part : {keys, values}) {
          in_parts(part.numel(), 1, [&](int64_t first, int64_t end) {
            const auto* const bytes = static_cast<const char*>(part.data_ptr());
            const auto size = static_cast<int64_t>(part.element_size());
            volatile std::uint64_t sum = sum_of_words(bytes + first * size, (end - first) * size);
            static_cast<void>(sum);
          });
        }
      },
      [&] {
        for (int64_t layer = 0; layer < layers; ++layer) {
          causal_attention(query, keys[layer], values[layer]);
        }
      });
  const double bytes = 2.0 * static_cast<double>(keys.nbytes());
  std::printf("a token's attention, GB/s / a plain read's, %-8s        %6.2f (%.1f GB/s)\n",
              c10::toString(dtype), read / attended, bytes / attended / 1e9);
}

// One token's product with a matrix of the 7B decoder.
void print_row_ratio(at::ScalarType dtype) {
  const at::NoGradGuard no_gradients;
  Linear linear(LinearConfig{.input_width = 4096, .output_width = 4096, .has_bias = false});
  linear->to(dtype);
  const auto row = formula_tensor({1, 4096}).to(dtype);
  const double as_matrix = seconds_of([&] { at::mm(row, linear->weight.t()); }, 20);
  const double as_linear = seconds_of([&] { linear(row); }, 20);
  const double bytes = static_cast<double>(linear->weight.nbytes());
  std::printf("one row as a matrix / as Linear has it, %-8s              %6.2f (%.1f GB/s)\n",
              c10::toString(dtype), as_matrix / as_linear, bytes / as_linear / 1e9);
}

}  // namespace
}  // namespace dali

int main(int argc, char** argv) {
  dali::compute_with_threads(argc > 1 ? std::atoi(argv[1]) : 0);
  for (const auto dtype : {at::kFloat, at::kBFloat16}) {
    for (const auto& shape : {dali::AttentionCase{"7B prompt", 32, 1150, 128, true},
                              dali::AttentionCase{"CLIP     ", 16, 577, 64, false}}) {
      dali::print_attention_ratio(shape, dtype);
    }
    dali::print_token_attention_rate(dtype);
    dali::print_row_ratio(dtype);
  }
  dali::print_ratios("toy",
                     {.vocabulary = 1000,
                      .width = 128,
                      .layers = 4,
                      .heads = 4,
                      .kv_heads = 4,
                      .mlp_width = 352,
                      .max_tokens = 512},
                     32, 128);
  dali::print_ratios("middle",
                     {.vocabulary = 8000,
                      .width = 1024,
                      .layers = 2,
                      .heads = 16,
                      .kv_heads = 16,
                      .mlp_width = 2816,
                      .max_tokens = 1024},
                     1, 512);
}
