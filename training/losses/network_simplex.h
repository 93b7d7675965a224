// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <vector>

namespace dali {

// The exact solution of one transport problem.
struct TransportPlan {
  double cost = 0.0;
  std::vector<double> plan;  // [rows, columns], row-major; sums to the two marginals
  // [rows]: d cost / d row weight, up to a constant; of a row without weight, what its first bit
  // would cost.
  std::vector<double> row_potentials;
  std::vector<double> column_potentials;  // [columns]
};

// Moves `row_weights` onto `column_weights` at the least cost: min <plan, cost> over plans with
// these marginals. Exact (network simplex, LEMON), in double precision. The solver works on whole
// numbers, since rounding makes problems infeasible and endless: weights are rounded to multiples
// of 2^-40 of their sum, costs to 2^-46 of their range.
// cost [rows, columns], row-major, finite; weights at least 0, each side with a positive sum (the
// sides are scaled to the same sum, 1). Throws std::invalid_argument on other input.
// Safe to call from several threads at once.
TransportPlan solve_transport(std::span<const double> row_weights,
                              std::span<const double> column_weights, std::span<const double> cost);

}  // namespace dali
