// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/sampling.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/where.h>

#include <limits>
#include <tuple>

namespace dali {
namespace {

constexpr double kRuledOut = -std::numeric_limits<double>::infinity();

// probabilities [vocabulary], float32 -> an id, [], drawn with them: the first whose cumulative
// probability exceeds a random share of the total.
at::Tensor draw(const at::Tensor& probabilities, std::mt19937_64& engine) {
  const auto cumulative = at::cumsum(probabilities, 0, at::kDouble);
  const auto total = cumulative.narrow(0, -1, 1);
  // 53 random bits: every double in [0, 1) of that spacing, the same with any standard library.
  const double uniform = static_cast<double>(engine() >> 11) * 0x1p-53;
  const auto passed_over = (cumulative <= total * uniform).sum();
  // The product may round up to the total: then it means the last token that is possible at all.
  return at::minimum(passed_over, (cumulative < total).sum());
}

}  // namespace

at::Tensor penalise_repetition(const at::Tensor& logits, const at::Tensor& generated_ids,
                               double penalty) {
  if (penalty == 1.0 || generated_ids.numel() == 0) return logits;
  const auto scores = logits.gather(0, generated_ids);
  return logits.scatter(0, generated_ids,
                        at::where(scores < 0, scores * penalty, scores / penalty));
}

at::Tensor divide_by_temperature(const at::Tensor& logits, double temperature) {
  TORCH_CHECK(temperature > 0, "temperature must be above 0 to sample, got ", temperature);
  return logits / temperature;
}

at::Tensor keep_top_k(const at::Tensor& logits, int top_k) {
  const auto vocabulary = logits.size(-1);
  if (top_k <= 0 || top_k >= vocabulary) return logits;
  const auto last_kept = std::get<0>(at::topk(logits, top_k, -1)).narrow(-1, top_k - 1, 1);
  return logits.masked_fill(logits < last_kept, kRuledOut);
}

at::Tensor keep_top_p(const at::Tensor& logits, double top_p) {
  if (top_p >= 1.0) return logits;
  const auto [ascending, ids] = at::sort(logits, -1, /*descending=*/false);
  // The unlikeliest go, as long as they make up no more than 1 - top_p together.
  auto ruled_out = at::cumsum(at::softmax(ascending, -1), -1) <= 1.0 - top_p;
  ruled_out.narrow(-1, -1, 1).fill_(false);
  return logits.masked_fill(ruled_out.scatter(-1, ids, ruled_out), kRuledOut);
}

at::Tensor next_token(const at::Tensor& logits, const SamplingOptions& options,
                      std::mt19937_64& engine) {
  TORCH_CHECK(logits.dim() == 1 && logits.size(0) > 0, "next_token wants [vocabulary], got ",
              logits.sizes());
  if (options.temperature == 0.0) return logits.argmax();
  const auto warped = keep_top_p(
      keep_top_k(divide_by_temperature(logits, options.temperature), options.top_k), options.top_p);
  return draw(at::softmax(warped, -1), engine);
}

}  // namespace dali
