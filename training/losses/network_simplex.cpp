#include "training/losses/network_simplex.h"

#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>

namespace dali {
namespace {

using Supply = std::int64_t;
constexpr Supply kTotalSupply = Supply{1} << 40;

// Weights as whole numbers that sum to kTotalSupply exactly: rounded down, and what is left over
// goes to the largest remainders.
std::vector<Supply> to_supplies(std::span<const double> weights, const char* side) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  const bool is_valid = std::ranges::all_of(weights, [](double weight) { return weight >= 0.0; }) &&
                        sum > 0.0 && std::isfinite(sum);
  if (!is_valid) {
    throw std::invalid_argument(std::string("transport: the ") + side +
                                " weights must be at least 0 with a positive, finite sum");
  }
  std::vector<Supply> supplies(weights.size());
  std::vector<double> remainders(weights.size());
  Supply assigned = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double exact = weights[i] / sum * static_cast<double>(kTotalSupply);
    supplies[i] = static_cast<Supply>(std::floor(exact));
    remainders[i] = exact - std::floor(exact);
    assigned += supplies[i];
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, std::greater<>(), [&](std::size_t i) { return remainders[i]; });
  for (std::size_t i = 0; assigned != kTotalSupply; i = (i + 1) % order.size()) {
    const Supply step = assigned < kTotalSupply ? 1 : -1;
    if (supplies[order[i]] + step < 0) continue;
    supplies[order[i]] += step;
    assigned += step;
  }
  return supplies;
}

}  // namespace

TransportPlan solve_transport(std::span<const double> row_weights,
                              std::span<const double> column_weights,
                              std::span<const double> cost) {
  const auto rows = row_weights.size();
  const auto columns = column_weights.size();
  if (rows == 0 || columns == 0 || cost.size() != rows * columns) {
    throw std::invalid_argument("transport: cost must be [rows, columns] of the two weights");
  }
  if (!std::ranges::all_of(cost, [](double value) { return std::isfinite(value); })) {
    throw std::invalid_argument("transport: the cost is not finite");
  }
  const auto row_supplies = to_supplies(row_weights, "row");
  const auto column_supplies = to_supplies(column_weights, "column");

  using Graph = lemon::SmartDigraph;
  Graph graph;
  graph.reserveNode(static_cast<int>(rows + columns));
  graph.reserveArc(static_cast<int>(rows * columns));
  for (std::size_t node = 0; node < rows + columns; ++node) graph.addNode();
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      graph.addArc(graph.nodeFromId(static_cast<int>(row)),
                   graph.nodeFromId(static_cast<int>(rows + column)));
    }
  }
  // Arc i of the graph is entry i of the row-major cost.
  Graph::ArcMap<double> arc_cost(graph);
  for (std::size_t i = 0; i < cost.size(); ++i) {
    arc_cost[graph.arcFromId(static_cast<int>(i))] = cost[i];
  }
  Graph::NodeMap<Supply> supply(graph);
  for (std::size_t row = 0; row < rows; ++row) {
    supply[graph.nodeFromId(static_cast<int>(row))] = row_supplies[row];
  }
  for (std::size_t column = 0; column < columns; ++column) {
    supply[graph.nodeFromId(static_cast<int>(rows + column))] = -column_supplies[column];
  }

  lemon::NetworkSimplex<Graph, Supply, double> simplex(graph);
  simplex.costMap(arc_cost).supplyMap(supply);
  using Solver = lemon::NetworkSimplex<Graph, Supply, double>;
  if (simplex.run(Solver::BLOCK_SEARCH) != Solver::OPTIMAL) {
    throw std::runtime_error("transport: the network simplex found no optimum");
  }

  TransportPlan solution;
  solution.plan.resize(cost.size());
  for (std::size_t i = 0; i < cost.size(); ++i) {
    const auto flow = simplex.flow(graph.arcFromId(static_cast<int>(i)));
    solution.plan[i] = static_cast<double>(flow) / static_cast<double>(kTotalSupply);
    solution.cost += solution.plan[i] * cost[i];
  }
  for (std::size_t row = 0; row < rows; ++row) {
    solution.row_potentials.push_back(
        -simplex.potential(graph.nodeFromId(static_cast<int>(row))));
  }
  for (std::size_t column = 0; column < columns; ++column) {
    solution.column_potentials.push_back(
        simplex.potential(graph.nodeFromId(static_cast<int>(rows + column))));
  }
  return solution;
}

}  // namespace dali
