// SPDX-License-Identifier: LGPL-2.1-or-later
// What it is worth to continue several windows together, a token of each in one pass: rows of the
// 7B decoder's layers with 1150 tokens before them, against as many passes of one row. Ratios of
// one run, of a few layers, as all are alike; the embedded model's size beside it. By the
// processor's time of the one thread that computes, waiting for memory included: on a busy machine
// the clock on the wall says more about the others.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <vector>

#include "model/language/decoder.h"
#include "model/tensor/threads.h"
#include "model/tensor/weight_initialisation.h"
#include "model/weights/load_weights.h"
#include "tests/support/formula_weights.h"

namespace dali {
namespace {

constexpr int kSteps = 5;

struct Case {
  const char* name;
  DecoderConfig config;
  int64_t prompt_tokens;
  std::optional<WeightFormat> integers = {};
  at::ScalarType dtype = at::kFloat;
};

// Codes and scales without the numbers: what they are does not change the time.
void hold_any_integers(DecoderImpl& decoder, WeightFormat format) {
  for (const auto& [name, linear] : linears_of(decoder)) {
    const QuantisedLayout layout = linear->layout(format);
    const auto codes = at::empty({layout.code_bytes()}, at::kByte);
    auto* const bytes = codes.data_ptr<std::uint8_t>();
    for (std::int64_t i = 0; i < layout.code_bytes(); ++i) {
      bytes[i] = static_cast<std::uint8_t>(i * 37 >> 3);
    }
    linear->hold_integers(format, codes, at::full({layout.scale_count()}, 1e-4, at::kBFloat16));
  }
}

Decoder decoder_of(const Case& of) {
  const UnsetWeights unset;
  Decoder decoder(of.config);
  if (of.integers) hold_any_integers(*decoder, *of.integers);
  for (auto& parameter : decoder->parameters()) parameter.set_data(at::full_like(parameter, 0.01));
  if (!of.integers) decoder->to(of.dtype);
  return decoder;
}

double processor_seconds() {
  timespec time = {};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::unique_ptr<KeyValueCache> prompt_in_cache(Decoder decoder, const Case& of, int64_t tokens) {
  auto cache = std::make_unique<KeyValueCache>(of.config, 1, of.prompt_tokens + tokens,
                                               decoder->cache_options());
  for (int layer = 0; layer < of.config.layers; ++layer) {
    cache->whole_keys(layer).fill_(0.1);
    cache->whole_values(layer).fill_(0.1);
  }
  cache->advance(of.prompt_tokens);
  return cache;
}

// The least of several, for one token more of so many windows.
double seconds_of_step(Decoder decoder, const Case& of, int64_t windows) {
  std::vector<std::unique_ptr<KeyValueCache>> owned;
  std::vector<KeyValueCache*> caches;
  for (int64_t window = 0; window < windows; ++window) {
    owned.push_back(prompt_in_cache(decoder, of, kSteps + 1));
    caches.push_back(owned.back().get());
  }
  const auto rows = formula_tensor({windows, of.config.width});
  double least = 1e9;
  for (int step = 0; step <= kSteps; ++step) {
    const double begin = processor_seconds();
    decoder->logits_of_each(rows, caches);
    if (step > 0) least = std::min(least, processor_seconds() - begin);
  }
  return least;
}

void print_case(const Case& of) {
  const at::NoGradGuard no_gradients;
  Decoder decoder = decoder_of(of);
  const double alone = seconds_of_step(decoder, of, 1);
  std::printf("%-10s a token of one window %9.3f ms; of 2, 4, 8 together, each:", of.name,
              alone * 1e3);
  for (const int64_t windows : {2, 4, 8}) {
    std::printf(" %5.2f",
                static_cast<double>(windows) * alone / seconds_of_step(decoder, of, windows));
  }
  std::printf(" times as fast\n");
  std::fflush(stdout);
}

}  // namespace
}  // namespace dali

int main() {
  dali::compute_with_threads(1);
  const dali::DecoderConfig seven_billion{.vocabulary = 1024,
                                          .width = 4096,
                                          .layers = 1,
                                          .heads = 32,
                                          .kv_heads = 32,
                                          .mlp_width = 11008,
                                          .max_tokens = 2048};
  const dali::DecoderConfig embedded{.vocabulary = 560,
                                     .width = 128,
                                     .layers = 3,
                                     .heads = 4,
                                     .kv_heads = 4,
                                     .mlp_width = 384,
                                     .max_tokens = 512};
  dali::print_case({"7B int8", seven_billion, 1150, dali::WeightFormat::kInt8});
  dali::print_case({"7B int4", seven_billion, 1150, dali::WeightFormat::kInt4});
  dali::print_case({"7B bf16", seven_billion, 1150, {}, at::kBFloat16});
  dali::print_case({"7B f32", seven_billion, 1150});
  dali::print_case({"embedded", embedded, 96});
}
