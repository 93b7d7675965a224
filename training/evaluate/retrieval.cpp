// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/retrieval.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace dali {
namespace {

// features [items, width] -> of length 1, in double precision.
at::Tensor directions(const at::Tensor& features) {
  const auto exact = features.detach().to(at::kDouble);
  return exact / exact.norm(2, {1}, /*keepdim=*/true).clamp_min(1e-12);
}

double median(std::vector<std::int64_t> values) {
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  const auto upper = static_cast<double>(values[middle]);
  if (values.size() % 2 == 1) return upper;
  return (static_cast<double>(values[middle - 1]) + upper) / 2;
}

}  // namespace

RetrievalScores retrieval_scores(const at::Tensor& queries, const at::Tensor& candidates) {
  TORCH_CHECK(queries.dim() == 2 && queries.sizes() == candidates.sizes() && queries.size(0) > 0,
              "retrieval_scores wants [items, width] twice, got ", queries.sizes(), ", ",
              candidates.sizes());
  const auto similarity = at::mm(directions(queries), directions(candidates).t());
  const auto right = similarity.diagonal().unsqueeze(1);
  const auto better = similarity.gt(right).sum(1);
  const auto as_good = similarity.eq(right).sum(1);  // itself too

  std::vector<std::int64_t> ranks;  // from 0
  for (std::int64_t query = 0; query < queries.size(0); ++query) {
    const auto first = better[query].item<std::int64_t>();
    const auto count = as_good[query].item<std::int64_t>();
    for (std::int64_t rank = first; rank < first + count; ++rank) ranks.push_back(rank);
  }
  const auto share_below = [&](std::int64_t limit) {
    const auto count = std::ranges::count_if(ranks, [=](auto rank) { return rank < limit; });
    return static_cast<double>(count) / static_cast<double>(ranks.size());
  };
  return {.recall_at_1 = share_below(1),
          .recall_at_5 = share_below(5),
          .recall_at_10 = share_below(10),
          .median_rank = median(ranks) + 1};
}

}  // namespace dali
