// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "training/losses/alignment_loss.h"

namespace dali {

// The exact cost of moving one distribution of tokens onto another, with gradients: of the cost
// matrix the optimal plan, of the weights the dual potentials less their mean (only differences of
// potentials are determined). One network simplex a sample, as many side by side as LibTorch has
// threads. Reference: ot.emd2 of POT, which the authors call.
// row_weights [batch, rows], column_weights [batch, columns], each row of them summing to 1;
// cost [batch, rows, columns] -> [batch] in cost's dtype, computed in double precision; NaN where a
// cost is not finite.
torch::Tensor transport_cost(const torch::Tensor& row_weights, const torch::Tensor& column_weights,
                             const torch::Tensor& cost);

// transport_cost or sinkhorn_cost.
using TransportSolver = torch::Tensor (*)(const torch::Tensor& row_weights,
                                          const torch::Tensor& column_weights,
                                          const torch::Tensor& cost);

// The cost of transport between tokens of equal weights by squared Euclidean distances.
// audio [batch, audio tokens, width], image [batch, image tokens, width] -> [batch].
torch::Tensor uniform_transport(TransportSolver solver, const torch::Tensor& audio,
                                const torch::Tensor& image);

// Optimal transport between the tokens with equal weights and squared Euclidean cost. Paper:
// section 3.2, equation 3.
class UniformTransport : public AlignmentLoss {
 public:
  explicit UniformTransport(TransportSolver solver = transport_cost) : solver_(solver) {}

  ClipTerms clip_terms(const torch::Tensor& audio, const torch::Tensor& image) override;

 private:
  TransportSolver solver_;
};

}  // namespace dali
