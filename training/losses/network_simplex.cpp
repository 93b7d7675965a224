// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/network_simplex.h"

#include <lemon/network_simplex.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>

#include "training/losses/bipartite_graph.h"

namespace dali {
namespace {

using Supply = std::int64_t;
constexpr Supply kTotalSupply = Supply{1} << 40;
using Price = std::int64_t;
constexpr double kPriceSteps = 0x1p46;  // potentials stay below 2^62 with 60,000 tokens

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

// Costs as whole numbers: where reduced costs are rounded, the simplex may go round in circles.
struct Prices {
  double least = 0.0;  // what price 0 stands for
  double step = 0.0;   // what a price of 1 more stands for
  std::vector<Price> prices;
};

Prices to_prices(std::span<const double> cost) {
  const auto [least, greatest] = std::ranges::minmax(cost);
  const double range = greatest - least;
  Prices rounded{.least = least, .step = range / kPriceSteps, .prices = {}};
  rounded.prices.reserve(cost.size());
  for (const double value : cost) {
    rounded.prices.push_back(range > 0.0 ? std::llround((value - least) / range * kPriceSteps) : 0);
  }
  return rounded;
}

// What LEMON calls a map: the value of each arc or node, by its number.
template <class Item, class Value>
struct ById {
  std::span<const Value> values;
  Value operator[](Item item) const {
    return values[static_cast<std::size_t>(BipartiteGraph::id(item))];
  }
};

// Nothing is moved from or to a token of weight 0, so its potential is only bounded from above. The
// greatest that is feasible says what a first bit of weight would cost.
void price_unused(TransportPlan& solution, std::span<const Supply> row_supplies,
                  std::span<const Supply> column_supplies, std::span<const double> cost) {
  const auto rows = row_supplies.size();
  const auto columns = column_supplies.size();
  for (std::size_t column = 0; column < columns; ++column) {
    if (column_supplies[column] > 0) continue;
    double greatest = std::numeric_limits<double>::infinity();
    for (std::size_t row = 0; row < rows; ++row) {
      if (row_supplies[row] == 0) continue;
      greatest = std::min(greatest, cost[row * columns + column] - solution.row_potentials[row]);
    }
    solution.column_potentials[column] = greatest;
  }
  for (std::size_t row = 0; row < rows; ++row) {
    if (row_supplies[row] > 0) continue;
    double greatest = std::numeric_limits<double>::infinity();
    for (std::size_t column = 0; column < columns; ++column) {
      greatest =
          std::min(greatest, cost[row * columns + column] - solution.column_potentials[column]);
    }
    solution.row_potentials[row] = greatest;
  }
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

  // Arc i of the graph is entry i of the row-major cost.
  const BipartiteGraph graph(static_cast<int>(rows), static_cast<int>(columns));
  const Prices rounded = to_prices(cost);
  std::vector<Supply> supplies = row_supplies;
  for (const Supply amount : column_supplies) supplies.push_back(-amount);

  using Solver = lemon::NetworkSimplex<BipartiteGraph, Supply, Price>;
  Solver simplex(graph);
  simplex.costMap(ById<BipartiteGraph::Arc, Price>{rounded.prices})
      .supplyMap(ById<BipartiteGraph::Node, Supply>{supplies});
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
  // Differences of potentials are small, themselves they may be too large for a double's precision.
  const auto used_row =
      std::ranges::find_if(row_supplies, [](Supply amount) { return amount > 0; });
  const Price origin =
      simplex.potential(graph.nodeFromId(static_cast<int>(used_row - row_supplies.begin())));
  const auto potential = [&](std::size_t node) {
    const Price above = simplex.potential(graph.nodeFromId(static_cast<int>(node))) - origin;
    return static_cast<double>(above) * rounded.step;
  };
  for (std::size_t row = 0; row < rows; ++row) {
    solution.row_potentials.push_back(rounded.least - potential(row));
  }
  for (std::size_t column = 0; column < columns; ++column) {
    solution.column_potentials.push_back(potential(rows + column));
  }
  price_unused(solution, row_supplies, column_supplies, cost);
  return solution;
}

}  // namespace dali
