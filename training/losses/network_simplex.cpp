// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/network_simplex.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "training/losses/least_excess.h"
#include "training/losses/transport_tree.h"
#include "training/losses/whole_supplies.h"

namespace dali {
namespace {

using Supply = std::int64_t;

// The tokens of one side that have weight; the others take no part in the solution.
struct Side {
  std::vector<int> tokens;
  std::vector<Supply> supplies;  // of these, positive

  explicit Side(const std::vector<Supply>& all) {
    for (std::size_t token = 0; token < all.size(); ++token) {
      if (all[token] == 0) continue;
      tokens.push_back(static_cast<int>(token));
      supplies.push_back(all[token]);
    }
  }
  int count() const { return static_cast<int>(tokens.size()); }
};

// Costs as whole numbers: where reduced costs are rounded, the simplex may go round in circles.
// They are kept as doubles, which are exact up to 2^53 and of which vectors find the least.
struct Prices {
  double least = 0.0;  // what price 0 stands for
  double step = 0.0;   // what a price of 1 more stands for

  template <class Number>
  Prices(const Side& rows, const Side& columns, std::span<const Number> cost, std::size_t width);

  const double* row(int row) const {
    return prices_.data() + static_cast<std::size_t>(row) * columns_;
  }

 private:
  // [rows, columns] of the two sides. A thread keeps this memory from problem to problem: megabytes
  // that are asked for and given back come page by page, and threads wait for each other's.
  static thread_local std::vector<double> prices_;
  std::size_t columns_;
};

thread_local std::vector<double> Prices::prices_;

template <class Number>
Prices::Prices(const Side& rows, const Side& columns, std::span<const Number> cost,
               std::size_t width)
    : columns_(columns.tokens.size()) {
  const auto [lowest, highest] = std::ranges::minmax(cost);
  least = static_cast<double>(lowest);
  const double range = static_cast<double>(highest) - least;
  if (!std::isfinite(range)) throw std::invalid_argument("transport: the cost is not finite");
  // A potential is a sum of at most so many differences of prices, and twice that is to stay below
  // the limit that TransportTree holds the potential of its first node to.
  const auto terms = static_cast<unsigned>(2 * std::min(rows.count(), columns.count()) + 1);
  const int bits = TransportTree::kPotentialBits - std::bit_width(terms);
  step = range > 0.0 ? std::ldexp(1.0, std::ilogb(range) + 1 - bits) : 1.0;
  if (step < std::numeric_limits<double>::min()) step = std::numeric_limits<double>::min();

  // Adding and taking away what leaves no room for fractions rounds, and is cheaper than a call.
  constexpr double kNoFractions = 0x1.8p52;
  const double steps = 1.0 / step;
  prices_.resize(rows.tokens.size() * columns_);
  double* price = prices_.data();
  const bool has_all_columns = columns_ == width;
  for (const int row : rows.tokens) {
    const Number* from = cost.data() + static_cast<std::size_t>(row) * width;
    for (std::size_t column = 0; column < columns_; ++column) {
      const auto value =
          static_cast<double>(from[has_all_columns ? column : columns.tokens[column]]);
      *price++ = ((value - least) * steps + kNoFractions) - kNoFractions;
    }
  }
}

// Makes every way that a basis uses carry something: then each exchange saves something, and none
// comes back. Supplies become multiples of a factor and a little: 1 more in every row, and the sum
// of that in the last column. No group of rows and columns but the whole balances after that.
Supply make_unbalanced(std::vector<Supply>& rows, std::vector<Supply>& columns) {
  const auto more = static_cast<Supply>(rows.size());
  const Supply factor = 2 * more + 2;
  for (Supply& supply : rows) supply = supply * factor + 1;
  for (Supply& supply : columns) supply *= factor;
  columns.back() += more;
  return factor;
}

int column_with(const double* price, const double* potential, double excess) {
  int column = 0;
  while (price[column] - potential[column] != excess) ++column;
  return column;
}

// The rows in turn, each to the column that is cheapest for it among those with room, once a round;
// a column counts as cheap that costs little beyond what the row's best way costs.
std::vector<TransportTree::Branch> first_basis(const Prices& prices, std::vector<Supply> rows,
                                               std::vector<Supply> columns) {
  const auto width = static_cast<std::int64_t>(columns.size());
  std::vector<double> potentials(columns.size(), 0.0);
  std::vector<double> least_in_row;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    least_in_row.push_back(
        least_excess(prices.row(static_cast<int>(row)), potentials.data(), width));
  }
  std::ranges::fill(potentials, std::numeric_limits<double>::max());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const double* price = prices.row(static_cast<int>(row));
    for (std::size_t column = 0; column < columns.size(); ++column) {
      potentials[column] = std::min(potentials[column], price[column] - least_in_row[row]);
    }
  }

  std::vector<TransportTree::Branch> basis;
  basis.reserve(rows.size() + columns.size());
  for (bool has_moved = true; has_moved;) {
    has_moved = false;
    for (int row = 0; row < static_cast<int>(rows.size()); ++row) {
      Supply& supply = rows[static_cast<std::size_t>(row)];
      if (supply == 0) continue;
      const double* price = prices.row(row);
      const int column =
          column_with(price, potentials.data(), least_excess(price, potentials.data(), width));
      Supply& room = columns[static_cast<std::size_t>(column)];
      const Supply moved = std::min(supply, room);
      basis.push_back({.row = row, .column = column, .flow = moved, .price = price[column]});
      supply -= moved;
      room -= moved;
      if (room == 0)
        potentials[static_cast<std::size_t>(column)] = -std::numeric_limits<double>::max();
      has_moved = true;
    }
  }
  return basis;
}

// Exchanges branches until no way would save anything.
void improve(TransportTree& tree, const Prices& prices, int rows, int columns) {
  int row = 0;
  for (int rows_without = 0; rows_without < rows; row = row + 1 < rows ? row + 1 : 0) {
    const double* price = prices.row(row);
    const double least = least_excess(price, tree.column_potentials(), columns);
    const double excess = least - tree.row_potentials()[row];
    if (excess < 0.0) {
      tree.exchange(row, column_with(price, tree.column_potentials(), least), excess);
      rows_without = 0;
    } else {
      ++rows_without;
    }
  }
}

// Nothing is moved from or to a token of weight 0, so its potential is only bounded from above. The
// greatest that is feasible says what a first bit of weight would cost.
template <class Number>
void price_unused(TransportSolution& solution, const std::vector<Supply>& row_supplies,
                  const std::vector<Supply>& column_supplies, std::span<const Number> cost) {
  const auto rows = row_supplies.size();
  const auto columns = column_supplies.size();
  const auto cost_of = [&](std::size_t row, std::size_t column) {
    return static_cast<double>(cost[row * columns + column]);
  };
  for (std::size_t column = 0; column < columns; ++column) {
    if (column_supplies[column] > 0) continue;
    double greatest = std::numeric_limits<double>::infinity();
    for (std::size_t row = 0; row < rows; ++row) {
      if (row_supplies[row] == 0) continue;
      greatest = std::min(greatest, cost_of(row, column) - solution.row_potentials[row]);
    }
    solution.column_potentials[column] = greatest;
  }
  for (std::size_t row = 0; row < rows; ++row) {
    if (row_supplies[row] > 0) continue;
    double greatest = std::numeric_limits<double>::infinity();
    for (std::size_t column = 0; column < columns; ++column) {
      greatest = std::min(greatest, cost_of(row, column) - solution.column_potentials[column]);
    }
    solution.row_potentials[row] = greatest;
  }
}

template <class Number>
TransportSolution solve(const TransportProblem<Number>& problem) {
  const auto cost = problem.cost;
  const auto width = problem.column_weights.size();
  if (problem.row_weights.empty() || width == 0 ||
      cost.size() != problem.row_weights.size() * width) {
    throw std::invalid_argument("transport: cost must be [rows, columns] of the two weights");
  }
  if (!std::ranges::all_of(cost, [](Number value) { return std::isfinite(value); })) {
    throw std::invalid_argument("transport: the cost is not finite");
  }
  const auto row_supplies = whole_supplies(problem.row_weights, "row");
  const auto column_supplies = whole_supplies(problem.column_weights, "column");
  Side rows(row_supplies);
  Side columns(column_supplies);
  const Supply factor = make_unbalanced(rows.supplies, columns.supplies);
  const Prices prices(rows, columns, cost, width);

  TransportTree tree;
  tree.build(rows.count(), columns.count(), first_basis(prices, rows.supplies, columns.supplies));
  improve(tree, prices, rows.count(), columns.count());

  TransportSolution solution;
  tree.for_each_branch([&](int row, int column, Supply flow) {
    // Without the little that was added, which is less than half the factor.
    const Supply moved = (flow + factor / 2) / factor;
    if (moved == 0) return;
    const TransportSolution::Move move = {
        .row = rows.tokens[static_cast<std::size_t>(row)],
        .column = columns.tokens[static_cast<std::size_t>(column)],
        .amount = static_cast<double>(moved) / static_cast<double>(kTotalSupply)};
    solution.moves.push_back(move);
    const auto place = static_cast<std::size_t>(move.row) * width;
    solution.cost +=
        move.amount * static_cast<double>(cost[place + static_cast<std::size_t>(move.column)]);
  });
  // Differences of potentials are small, themselves they may be too large for a double's precision.
  const double origin = tree.row_potentials()[0];
  solution.row_potentials.resize(row_supplies.size());
  solution.column_potentials.resize(width);
  for (int row = 0; row < rows.count(); ++row) {
    solution.row_potentials[static_cast<std::size_t>(rows.tokens[static_cast<std::size_t>(row)])] =
        prices.least + (tree.row_potentials()[row] - origin) * prices.step;
  }
  for (int column = 0; column < columns.count(); ++column) {
    solution.column_potentials[static_cast<std::size_t>(
        columns.tokens[static_cast<std::size_t>(column)])] =
        (tree.column_potentials()[column] + origin) * prices.step;
  }
  price_unused(solution, row_supplies, column_supplies, cost);
  return solution;
}

}  // namespace

TransportSolution solve_transport(const TransportProblem<float>& problem) {
  return solve(problem);
}

TransportSolution solve_transport(const TransportProblem<double>& problem) {
  return solve(problem);
}

TransportPlan solve_transport(std::span<const double> row_weights,
                              std::span<const double> column_weights,
                              std::span<const double> cost) {
  TransportSolution solution =
      solve_transport(TransportProblem<double>{row_weights, column_weights, cost});
  TransportPlan full{.cost = solution.cost,
                     .plan = std::vector<double>(cost.size(), 0.0),
                     .row_potentials = std::move(solution.row_potentials),
                     .column_potentials = std::move(solution.column_potentials)};
  for (const auto& move : solution.moves) {
    full.plan[static_cast<std::size_t>(move.row) * column_weights.size() +
              static_cast<std::size_t>(move.column)] = move.amount;
  }
  return full;
}

}  // namespace dali
