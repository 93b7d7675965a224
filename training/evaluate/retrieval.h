// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

namespace dali {

// How often the one right candidate is among the best. Where others are as similar as it, it stands
// at each of their ranks in turn, so that equal features do no better than chance. Reference:
// compute_metrics() of CAV-MAE's retrieval.py, which the authors use.
struct RetrievalScores {
  double recall_at_1 = 0.0;  // shares, 0 to 1
  double recall_at_5 = 0.0;
  double recall_at_10 = 0.0;
  double median_rank = 0.0;  // 1 is best
};

// Ranks candidates by the cosine of their features with the query's; the right candidate of query i
// is candidate i. queries, candidates [items, width].
RetrievalScores retrieval_scores(const at::Tensor& queries, const at::Tensor& candidates);

}  // namespace dali
