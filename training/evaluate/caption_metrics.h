// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "training/evaluate/caption_scores.h"
#include "training/evaluate/metric.h"

namespace dali {

// One metric's scores of a corpus and of each of its items.
struct MetricScores {
  double corpus = 0.0;  // not always the mean of the items
  std::vector<double> items;
  // What the corpus would score with these items in place of its own, by their numbers, some of
  // them perhaps more than once. How rare phrases are stays what it is in the whole corpus.
  std::function<double(std::span<const std::size_t> drawn)> of_sample;
};

// A metric that compares captions with what people said. An item's score may depend on all others.
struct CaptionMetric {
  Metric about;
  MetricScores (*score)(std::span<const CaptionPair> items);  // at least one item
};

// All there are, in the order in which they are printed.
std::span<const CaptionMetric> caption_metrics();

}  // namespace dali
