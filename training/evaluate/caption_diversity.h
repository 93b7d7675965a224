// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "training/evaluate/metric.h"

namespace dali {

// How a model speaks, whatever the clips are: of its captions alone, as caption_words() gives them.
struct DiversityMetric {
  Metric about;
  double (*of)(std::span<const std::vector<std::string>> captions);  // at least one
};

// All there are, in the order in which they are printed. Distinct-n is that of Li et al., "A
// diversity-promoting objective function for neural conversation models" (2016).
std::span<const DiversityMetric> diversity_metrics();

// By every one of these. Throws std::invalid_argument when there are no captions.
Scores diversity_scores(std::span<const std::string> captions);

}  // namespace dali
