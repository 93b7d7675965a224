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
#include <cstdio>
#include <vector>

#include "model/language/decoder.h"
#include "model/language/generation.h"
#include "model/tensor/attention.h"
#include "model/tensor/linear.h"
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

// The 7B decoder's attention over a window's prompt, a quarter of its heads.
void print_attention_ratio(at::ScalarType dtype) {
  const at::NoGradGuard no_gradients;
  const int64_t tokens = 1150;
  const auto heads = [&](double phase) {
    return formula_tensor({1, 8, tokens, 128}, 1.0, phase).to(dtype);
  };
  const auto query = heads(1.0), key = heads(2.0), value = heads(3.0);
  const auto mask = additive_mask(at::ones({tokens, tokens}, at::kBool).tril(), dtype);
  const double masked = seconds_of([&] { dot_product_attention(query, key, value, mask); }, 5);
  const double in_blocks = seconds_of([&] { causal_attention(query, key, value); }, 5);
  std::printf("attention over 1150 tokens with a mask / in blocks, %-8s  %6.2f\n",
              c10::toString(dtype), masked / in_blocks);
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

int main() {
  for (const auto dtype : {at::kFloat, at::kBFloat16}) {
    dali::print_attention_ratio(dtype);
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
