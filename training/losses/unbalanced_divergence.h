// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "training/losses/alignment_loss.h"

namespace dali {

// U(x, y) - U(x, x) / 2 - U(y, y) / 2 with U the cost of unbalanced transport: what the entropy
// makes of equal tokens is taken off again. A sound's token must land on a picture's (rho_audio),
// while a token of the picture that makes no sound may stay unexplained (rho_image): the weights
// that attentive transport learns, in closed form. Costs are in the unit of the clip's mean cost,
// which counts as a constant, so that every clip counts the same at every scale.
//
// Of equal tokens it is 0. Where both rho are the same it is nowhere less, and that is its minimum;
// where they differ, the minimum lies beside it by what epsilon blurs, and the value there may be
// below 0 by as little. Feydy et al., "Interpolating between optimal transport and MMD" (2019);
// Sejourne et al., "Sinkhorn divergences for unbalanced optimal transport" (2019).
class UnbalancedDivergence : public AlignmentLoss {
 public:
  explicit UnbalancedDivergence(const UnbalancedOptions& options = {}) : options_(options) {}

  // Figures: "iterations" of the solver, "unfinished", the share of clips whose potentials still
  // moved by more than the tolerance, and "mass", of 1, that the plan moves.
  ClipTerms clip_terms(const torch::Tensor& audio, const torch::Tensor& image) override;

 private:
  UnbalancedOptions options_;
};

}  // namespace dali
