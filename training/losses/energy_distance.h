// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "training/losses/alignment_loss.h"

namespace dali {

// Energy distance, 2 E|x - y| - E|x - x'| - E|y - y'| with Euclidean distances: a maximum mean
// discrepancy without a bandwidth, whose kernel sees every scale. Over all pairs, a token's with
// itself among them, so that it is never negative and 0 for equal distributions alone. Szekely and
// Rizzo, "Energy statistics" (2013).
class EnergyDistance : public AlignmentLoss {
 public:
  ClipTerms clip_terms(const torch::Tensor& audio, const torch::Tensor& image) override;
};

// Mean Euclidean distance of the rows of `from` to those of `to`. Rows that coincide, as far as
// rounding lets one say, are at distance 0 and draw each other nowhere: their gradient is 0, which
// is one of the subgradients there.
// from [batch, rows, width], to [batch, columns, width] -> [batch].
torch::Tensor mean_distance(const torch::Tensor& from, const torch::Tensor& to);

}  // namespace dali
