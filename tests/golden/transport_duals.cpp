// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/golden/transport_duals.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <sstream>

namespace dali::golden {
namespace {

// Weights in float32 are off by 2^-24 of themselves, and so is their sum; a flow as small as that
// may not be there at all with the weights of another computation.
constexpr double kLeastFlow = 1e-7;

// What of a way's cost the potentials leave unpaid: [rows, columns].
std::vector<double> unpaid(const JudgedTransport& problem, const Potentials& potentials) {
  std::vector<double> unpaid = problem.cost;
  const auto columns = problem.column_weights.size();
  for (std::size_t i = 0; i < unpaid.size(); ++i) {
    unpaid[i] -= potentials.rows[i / columns] + potentials.columns[i % columns];
  }
  return unpaid;
}

// The constant that the potentials lack: what the plan leaves unpaid on average.
double missing_constant(const JudgedTransport& problem, const std::vector<double>& unpaid) {
  return std::inner_product(unpaid.begin(), unpaid.end(), problem.plan.begin(), 0.0);
}

// [nodes, nodes]: by how much the potential of the second may grow against that of the first, over
// all dual solutions of costs that are off by `cost_error`. Nodes are the rows and then the
// columns, whose potentials count negative. A way that the plan takes binds both ends to each
// other, any way lets the row's grow as far as it is unpaid: shortest paths (Floyd, Warshall).
std::vector<double> growth(const JudgedTransport& problem, const Potentials& potentials,
                           double cost_error) {
  const auto rows = problem.row_weights.size();
  const auto columns = problem.column_weights.size();
  const auto nodes = rows + columns;
  auto unpaid_costs = unpaid(problem, potentials);
  const double constant = missing_constant(problem, unpaid_costs);
  std::vector<double> growth(nodes * nodes, std::numeric_limits<double>::infinity());
  for (std::size_t node = 0; node < nodes; ++node) growth[node * nodes + node] = 0.0;
  for (std::size_t i = 0; i < unpaid_costs.size(); ++i) {
    const auto row = i / columns;
    const auto column = rows + i % columns;
    growth[column * nodes + row] = std::max(unpaid_costs[i] - constant, 0.0) + cost_error;
    if (problem.plan[i] > kLeastFlow) growth[row * nodes + column] = cost_error;
  }
  for (std::size_t between = 0; between < nodes; ++between) {
    const double* const onwards = growth.data() + between * nodes;
    for (std::size_t from = 0; from < nodes; ++from) {
      double* const reached = growth.data() + from * nodes;
      const double first_part = reached[between];
      for (std::size_t to = 0; to < nodes; ++to) {
        reached[to] = std::min(reached[to], first_part + onwards[to]);
      }
    }
  }
  return growth;
}

// Of nodes `first` to `end`: against the mean of all of them.
std::vector<double> freedom(const std::vector<double>& growth, std::size_t nodes, std::size_t first,
                            std::size_t end) {
  std::vector<double> freedom;
  for (std::size_t node = first; node < end; ++node) {
    double upwards = 0.0;
    double downwards = 0.0;
    for (std::size_t other = first; other < end; ++other) {
      upwards += growth[other * nodes + node];
      downwards += growth[node * nodes + other];
    }
    freedom.push_back(std::max(upwards, downwards) / static_cast<double>(end - first));
  }
  return freedom;
}

}  // namespace

std::optional<std::string> dual_fault(const JudgedTransport& problem, const Potentials& potentials,
                                      double tolerance) {
  const auto unpaid_costs = unpaid(problem, potentials);
  const double constant = missing_constant(problem, unpaid_costs);
  double overpaid = 0.0;
  double slack = 0.0;
  for (std::size_t i = 0; i < unpaid_costs.size(); ++i) {
    overpaid = std::max(overpaid, constant - unpaid_costs[i]);
    if (problem.plan[i] > kLeastFlow) slack = std::max(slack, unpaid_costs[i] - constant);
  }
  if (overpaid <= tolerance && slack <= tolerance) return std::nullopt;
  std::ostringstream fault;
  fault << "pay " << overpaid << " too much for a way, and leave " << slack
        << " unpaid of one that is taken; allowed are " << tolerance;
  return fault.str();
}

std::vector<double> row_freedom(const JudgedTransport& problem, const Potentials& potentials,
                                double cost_error) {
  const auto rows = problem.row_weights.size();
  const auto nodes = rows + problem.column_weights.size();
  return freedom(growth(problem, potentials, cost_error), nodes, 0, rows);
}

std::vector<double> column_freedom(const JudgedTransport& problem, const Potentials& potentials,
                                   double cost_error) {
  const auto rows = problem.row_weights.size();
  const auto nodes = rows + problem.column_weights.size();
  return freedom(growth(problem, potentials, cost_error), nodes, rows, nodes);
}

}  // namespace dali::golden
