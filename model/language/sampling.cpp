#include "model/language/sampling.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <limits>
#include <tuple>

namespace dali {
namespace {

constexpr double kRuledOut = -std::numeric_limits<double>::infinity();

// probabilities [vocabulary], float32, on the CPU -> an id, drawn with them.
int64_t draw(const at::Tensor& probabilities, std::mt19937_64& engine) {
  const auto cumulative = at::cumsum(probabilities, 0, at::kDouble).contiguous();
  const std::span<const double> sums(cumulative.data_ptr<double>(),
                                     static_cast<size_t>(cumulative.numel()));
  // 53 random bits: every double in [0, 1) of that spacing, the same with any standard library.
  const double uniform = static_cast<double>(engine() >> 11) * 0x1p-53;
  auto chosen = std::upper_bound(sums.begin(), sums.end(), uniform * sums.back());
  // The product may round up to the total: then it means the last token that is possible at all.
  if (chosen == sums.end()) chosen = std::lower_bound(sums.begin(), sums.end(), sums.back());
  return chosen - sums.begin();
}

}  // namespace

at::Tensor penalise_repetition(const at::Tensor& logits, std::span<const int64_t> generated_ids,
                               double penalty) {
  if (penalty == 1.0 || generated_ids.empty()) return logits;
  const auto ids =
      at::tensor(at::ArrayRef<int64_t>(generated_ids.data(), generated_ids.size()), at::kLong)
          .to(logits.device());
  const auto scores = logits.gather(0, ids);
  return logits.scatter(0, ids, at::where(scores < 0, scores * penalty, scores / penalty));
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

int64_t next_token(const at::Tensor& logits, const SamplingOptions& options,
                   std::mt19937_64& engine) {
  TORCH_CHECK(logits.dim() == 1 && logits.size(0) > 0, "next_token wants [vocabulary], got ",
              logits.sizes());
  if (options.temperature == 0.0) return logits.argmax().item<int64_t>();
  const auto warped = keep_top_p(
      keep_top_k(divide_by_temperature(logits, options.temperature), options.top_k), options.top_p);
  return draw(at::softmax(warped, -1).to(at::kCPU), engine);
}

}  // namespace dali
