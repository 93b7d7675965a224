// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <vector>

namespace dali {

// One transport problem: moves `row_weights` onto `column_weights` at the least cost, that is
// min <plan, cost> over plans with these marginals. Borrows.
// cost [rows, columns], row-major, finite; weights at least 0, each side with a positive sum (the
// sides are scaled to the same sum, 1).
template <class Number>
struct TransportProblem {
  std::span<const double> row_weights;
  std::span<const double> column_weights;
  std::span<const Number> cost;
};

// The exact solution of one.
struct TransportSolution {
  // An entry of the plan that is not 0.
  struct Move {
    int row = 0;
    int column = 0;
    double amount = 0.0;
  };

  double cost = 0.0;
  std::vector<Move> moves;  // fewer than rows + columns; their amounts sum to the two marginals
  // [rows]: d cost / d row weight, up to a constant; of a row without weight, what its first bit
  // would cost.
  std::vector<double> row_potentials;
  std::vector<double> column_potentials;  // [columns]
};

// By the network simplex for dense costs, which looks for the way that would save most row by row,
// with the processor's vectors. It works on whole numbers, since rounding makes problems infeasible
// and endless: weights are rounded to multiples of 2^-40 of their sum, costs to multiples of at
// most 2^-47 of their range times the tokens of the smaller side. The same solution on every
// processor. Throws std::invalid_argument on what is no problem. Safe to call from several threads
// at once.
TransportSolution solve_transport(const TransportProblem<float>& problem);
TransportSolution solve_transport(const TransportProblem<double>& problem);

// The plan in full.
struct TransportPlan {
  double cost = 0.0;
  std::vector<double> plan;  // [rows, columns], row-major
  std::vector<double> row_potentials;
  std::vector<double> column_potentials;
};
TransportPlan solve_transport(std::span<const double> row_weights,
                              std::span<const double> column_weights, std::span<const double> cost);

}  // namespace dali
