// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace dali::golden {

// A transport problem, an optimal plan of it and potentials to be judged, all in double precision.
struct JudgedTransport {
  std::vector<double> row_weights;     // sum to 1
  std::vector<double> column_weights;  // sum to 1
  std::vector<double> cost;            // [rows, columns], row-major
  std::vector<double> plan;            // [rows, columns]
};

// Row and column potentials, each up to a constant.
struct Potentials {
  std::vector<double> rows;
  std::vector<double> columns;
};

// What is wrong with them as a dual solution, in words; nothing where they prove the plan optimal:
// up to the one constant they pay for no way more than it costs (feasible), and for each that the
// plan takes all of it (complementary slackness), so that they are worth what the plan costs (no
// duality gap). `tolerance`: how far a cost may be off.
std::optional<std::string> dual_fault(const JudgedTransport& problem, const Potentials& potentials,
                                      double tolerance);

// How far two dual solutions may be apart in each column's potential less their mean, when each
// belongs to costs that are off by at most `cost_error` from the problem's. Large where the plan
// leaves a potential undetermined, or determines it by way of many costs.
// `potentials` are optimal for the problem's own costs.
std::vector<double> column_freedom(const JudgedTransport& problem, const Potentials& potentials,
                                   double cost_error);
std::vector<double> row_freedom(const JudgedTransport& problem, const Potentials& potentials,
                                double cost_error);

}  // namespace dali::golden
