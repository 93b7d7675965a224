// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/retrieval.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <array>
#include <vector>

namespace dali {
namespace {

// features [items, width] -> of length 1, in double precision.
at::Tensor directions(const at::Tensor& features) {
  const auto exact = features.detach().to(at::kDouble);
  return exact / exact.norm(2, {1}, /*keepdim=*/true).clamp_min(1e-12);
}

template <std::int64_t kLimit>
double recall_at(std::span<const std::int64_t> ranks) {
  const auto count = std::ranges::count_if(ranks, [](auto rank) { return rank < kLimit; });
  return static_cast<double>(count) / static_cast<double>(ranks.size());
}

double median_rank(std::span<const std::int64_t> ranks) {
  const auto middle = ranks.size() / 2;
  const auto upper = static_cast<double>(ranks[middle]);
  const double median =
      ranks.size() % 2 == 1 ? upper : (static_cast<double>(ranks[middle - 1]) + upper) / 2;
  return median + 1;
}

constexpr std::array<RetrievalMetric, 4> kMetrics = {{
    {{"recall_at_1", "R@1", "the right candidate is the nearest, 0 to 1", Better::kHigher, 4},
     recall_at<1>},
    {{"recall_at_5", "R@5", "it is among the five nearest, 0 to 1", Better::kHigher, 4},
     recall_at<5>},
    {{"recall_at_10", "R@10", "it is among the ten nearest, 0 to 1", Better::kHigher, 4},
     recall_at<10>},
    {{"median_rank", "median", "the median of its ranks, from 1", Better::kLower, 1}, median_rank},
}};

}  // namespace

std::span<const RetrievalMetric> retrieval_metrics() {
  return kMetrics;
}

Scores retrieval_scores(const at::Tensor& queries, const at::Tensor& candidates) {
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
    if (count == 0) ranks.push_back(queries.size(0) - 1);  // not a number, so not even like itself
  }
  std::ranges::sort(ranks);
  Scores scores;
  for (const RetrievalMetric& metric : kMetrics) scores[metric.about.key] = metric.of(ranks);
  return scores;
}

}  // namespace dali
