// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "training/losses/alignment_loss.h"

namespace dali {

// The paper's baseline: tokens are averaged to one vector a sample, normalised, and a sample's
// sound must be nearer to its own picture than to those of the others in the batch, and the other
// way round. Temperature 0.05. Reference: CAVMAE.forward_contrastive(bidirectional).
class Contrastive : public AlignmentLoss {
 public:
  ClipTerms clip_terms(const torch::Tensor& audio, const torch::Tensor& image) override;
  bool adds_up() const override { return false; }
  // The mean token, [batch, 1, width].
  torch::Tensor summary(const torch::Tensor& tokens) const override;
};

}  // namespace dali
