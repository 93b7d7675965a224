// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include "training/losses/loss_options.h"

namespace dali {

// How the solver of unbalanced_cost() fared.
struct UnbalancedReport {
  at::Tensor mass;          // [batch], what the plan moves; 1 if nothing is left out or added
  int iterations = 0;       // with the final weight of the entropy
  double unfinished = 0.0;  // share of the samples that still moved by more than the tolerance
};

// min <plan, cost> + rho_a KL(plan 1 | a) + rho_b KL(plan' 1 | b) + epsilon KL(plan | a b'), with
// equal weights a and b that sum to 1: rows and columns need not be used up. By Sinkhorn iterations
// in the logarithm for all samples at once, on cost's device, with a shift of the potentials after
// each, which balanced masses take hundreds of iterations for (Sejourne, Vialard and Peyre, "Faster
// unbalanced optimal transport", 2022). A sample that is done stays as it is, so that the others of
// its batch do not change its result. The value is the dual one, and its gradient the plan, which
// are right to the second and the first order in what is left to converge.
//
// cost [batch, rows, columns], 0 or more, of the size of 1, as the options' numbers are in its unit
// -> [batch] in cost's dtype, computed in float64 for float64 and in float32 otherwise; not finite
// where a cost is not. is_annealed: whether the entropy's weight comes down from first_epsilon, or
// is the final one from the start, which is better where every row has a column at no cost.
at::Tensor unbalanced_cost(const at::Tensor& cost, const UnbalancedOptions& options,
                           bool is_annealed = true, UnbalancedReport* report = nullptr);

}  // namespace dali
