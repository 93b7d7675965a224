// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "training/evaluate/metric.h"

namespace dali {

// How near to the top the one right candidate stands.
struct RetrievalMetric {
  Metric about;
  double (*of)(std::span<const std::int64_t> ranks);  // from 0, in order; at least one
};

// All there are, in the order in which they are printed.
std::span<const RetrievalMetric> retrieval_metrics();

// By every one of these. Ranks candidates by the cosine of their features with the query's; the
// right candidate of query i is candidate i. Where others are as similar as it, it stands at each
// of their ranks in turn, so that equal features do no better than chance; features that are not
// finite are found last. queries, candidates [items, width]. Reference: compute_metrics() of
// CAV-MAE's retrieval.py, which the authors use.
Scores retrieval_scores(const at::Tensor& queries, const at::Tensor& candidates);

}  // namespace dali
