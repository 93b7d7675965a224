// SPDX-License-Identifier: LGPL-2.1-or-later
// Transport between tokens against independent solvers: all matchings of small problems, and linear
// programming.
#include <ATen/Functions.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <ranges>
#include <span>
#include <vector>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/training/linear_program.h"
#include "training/losses/network_simplex.h"
#include "training/losses/optimal_transport.h"
#include "training/losses/sinkhorn.h"
#include "training/losses/squared_distance.h"

namespace dali {
namespace {

constexpr int kWidth = 8;  // of tokens

// A test of many problems takes a dozen at a time: a process each would take longer than they do.
constexpr int kSeedsInTest = 12;

auto seeds_of(int test) {
  return std::views::iota(test * kSeedsInTest, (test + 1) * kSeedsInTest);
}

std::vector<double> values_of(const torch::Tensor& tensor) {
  const auto flat = tensor.to(at::kDouble).contiguous().flatten();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

// The least mean cost over all one-to-one matchings: what transport between equal weights costs.
double cheapest_matching(const std::vector<double>& cost, int side) {
  std::vector<int> column(side);
  std::iota(column.begin(), column.end(), 0);
  double least = std::numeric_limits<double>::infinity();
  do {
    double sum = 0.0;
    for (int row = 0; row < side; ++row) sum += cost[row * side + column[row]];
    least = std::min(least, sum / side);
  } while (std::next_permutation(column.begin(), column.end()));
  return least;
}

START_TEST(transport_costs_what_the_best_of_all_matchings_costs) {
  for (const int seed : seeds_of(_i)) {
    at::manual_seed(seed);
    constexpr int kSide = 6;
    // Every other case has ties: costs from a handful of whole numbers.
    const auto cost = seed % 2 == 0 ? at::rand({kSide, kSide}, at::kDouble)
                                    : at::randint(0, 3, {kSide, kSide}, at::kDouble);
    const std::vector<double> equal(kSide, 1.0 / kSide);
    const auto solved = solve_transport(equal, equal, values_of(cost));
    ck_assert_double_eq_tol(solved.cost, cheapest_matching(values_of(cost), kSide), 1e-10);
  }
}
END_TEST

// Weights in sixths: a token of weight 3/6 is three tokens of the matching. Sums that agree on the
// way make such problems degenerate, and costs from a handful of whole numbers give them ties.
void compare_with_matchings_of_parts(int seed) {
  at::manual_seed(seed);
  constexpr int kParts = 6;
  const std::vector<int> choices[] = {{6}, {3, 3}, {1, 2, 3}, {2, 2, 2}, {1, 0, 4, 1}, {0, 5, 1}};
  const auto& rows = choices[seed % 6];
  const auto& columns = choices[seed / 6 % 6];
  const auto shape = {static_cast<std::int64_t>(rows.size()),
                      static_cast<std::int64_t>(columns.size())};
  const auto cost = values_of(seed / 36 % 2 == 0 ? at::rand(shape, at::kDouble)
                                                 : at::randint(0, 3, shape, at::kDouble));
  std::vector<double> parts;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (int part = 0; part < rows[row]; ++part) {
      for (std::size_t column = 0; column < columns.size(); ++column) {
        parts.insert(parts.end(), columns[column], cost[row * columns.size() + column]);
      }
    }
  }
  const auto solved = solve_transport(std::vector<double>(rows.begin(), rows.end()),
                                      std::vector<double>(columns.begin(), columns.end()), cost);
  ck_assert_double_eq_tol(solved.cost, cheapest_matching(parts, kParts), 1e-10);
}

START_TEST(transport_between_unequal_weights_is_a_matching_of_their_parts) {
  for (const int seed : seeds_of(_i)) compare_with_matchings_of_parts(seed);
}
END_TEST

struct Problem {
  std::vector<double> from;
  std::vector<double> to;
  std::vector<double> cost;
};

// Random, tied and degenerate by turns, from one token to a dozen; some weigh nothing.
Problem problem(int seed) {
  at::manual_seed(seed);
  const int rows = 1 + seed % 9;
  const int columns = 1 + seed % 7;
  const bool has_equal_weights = seed % 4 == 1;
  const bool has_ties = seed % 3 == 1;
  Problem made = {
      .from = values_of(has_equal_weights ? at::ones({rows}) : at::rand({rows}, at::kDouble)),
      .to = values_of(has_equal_weights ? at::ones({columns}) : at::rand({columns}, at::kDouble)),
      .cost = values_of(has_ties ? at::randint(0, 2, {rows, columns}, at::kDouble)
                                 : at::rand({rows, columns}, at::kDouble) - 0.5)};
  if (seed % 5 == 0 && rows > 1) made.from[0] = 0.0;
  if (seed % 5 == 2 && columns > 1) made.to.back() = 0.0;
  for (auto* side : {&made.from, &made.to}) {
    const double sum = std::accumulate(side->begin(), side->end(), 0.0);
    for (double& weight : *side) weight /= sum;
  }
  return made;
}

LinearSolution solve_by_linear_programming(const Problem& problem) {
  const auto rows = problem.from.size();
  const auto columns = problem.to.size();
  // The last column's sum follows from the others.
  std::vector<LinearProgram::Row> constraints(rows + columns - 1,
                                              LinearProgram::Row(rows * columns, 0.0L));
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      constraints[row][row * columns + column] = 1.0L;
      if (column + 1 < columns) constraints[rows + column][row * columns + column] = 1.0L;
    }
  }
  std::vector<double> limits = problem.from;
  limits.insert(limits.end(), problem.to.begin(), problem.to.end() - 1);
  LinearSolution solution = LinearProgram(constraints, limits, problem.cost).solve();
  solution.duals.push_back(0.0);  // of the last column
  return solution;
}

// Whether these prove `value`: potentials that pay for no more than any way costs, and for all of
// it together. Every dual solution does, and nothing else.
void expect_dual_solution(const Problem& problem, std::span<const double> row_potentials,
                          std::span<const double> column_potentials, double value) {
  double dual_value = 0.0;
  for (std::size_t row = 0; row < row_potentials.size(); ++row) {
    dual_value += row_potentials[row] * problem.from[row];
    for (std::size_t column = 0; column < column_potentials.size(); ++column) {
      ck_assert_double_le(row_potentials[row] + column_potentials[column],
                          problem.cost[row * column_potentials.size() + column] + 1e-10);
    }
  }
  for (std::size_t column = 0; column < column_potentials.size(); ++column) {
    dual_value += column_potentials[column] * problem.to[column];
  }
  ck_assert_double_eq_tol(dual_value, value, 1e-9);
}

void compare_with_linear_programming(const Problem& problem) {
  const LinearSolution expected = solve_by_linear_programming(problem);
  const TransportPlan solved = solve_transport(problem.from, problem.to, problem.cost);
  ck_assert_double_eq_tol(solved.cost, expected.value, 1e-10);
  const auto rows = problem.from.size();
  const auto duals = std::span<const double>(expected.duals);
  expect_dual_solution(problem, duals.first(rows), duals.subspan(rows), solved.cost);
  expect_dual_solution(problem, solved.row_potentials, solved.column_potentials, expected.value);
  if (!expected.has_unique_duals) return;
  // But for a constant, which rows have and columns lack.
  const double shift = solved.column_potentials.back();
  for (std::size_t row = 0; row < rows; ++row) {
    ck_assert_double_eq_tol(solved.row_potentials[row] + shift, expected.duals[row], 1e-10);
  }
  for (std::size_t column = 0; column < problem.to.size(); ++column) {
    ck_assert_double_eq_tol(solved.column_potentials[column] - shift, expected.duals[rows + column],
                            1e-10);
  }
}

START_TEST(cost_and_potentials_are_those_of_linear_programming) {
  for (const int seed : seeds_of(_i)) compare_with_linear_programming(problem(seed));
}
END_TEST

START_TEST(larger_problems_have_the_potentials_of_linear_programming) {
  at::manual_seed(_i);
  const auto from = at::rand({14}, at::kDouble);
  const auto to = at::rand({17}, at::kDouble);
  const Problem large = {.from = values_of(from / from.sum()),
                         .to = values_of(to / to.sum()),
                         .cost = values_of(at::rand({14, 17}, at::kDouble))};
  ck_assert(solve_by_linear_programming(large).has_unique_duals);
  compare_with_linear_programming(large);
}
END_TEST

void expect_plan_and_potentials_to_agree(const Problem& problem) {
  const auto& [from, to, cost] = problem;
  const auto solved = solve_transport(from, to, cost);
  double dual_value = 0.0;
  std::vector<double> column_sums(to.size(), 0.0);
  for (std::size_t row = 0; row < from.size(); ++row) {
    double row_sum = 0.0;
    for (std::size_t column = 0; column < to.size(); ++column) {
      const auto index = row * to.size() + column;
      ck_assert_double_ge(solved.plan[index], 0.0);
      row_sum += solved.plan[index];
      column_sums[column] += solved.plan[index];
      // Feasible: no potential pays for more than a way costs.
      ck_assert_double_le(solved.row_potentials[row] + solved.column_potentials[column],
                          cost[index] + 1e-12);
    }
    ck_assert_double_eq_tol(row_sum, from[row], 1e-11);
    dual_value += solved.row_potentials[row] * from[row];
  }
  for (std::size_t column = 0; column < to.size(); ++column) {
    ck_assert_double_eq_tol(column_sums[column], to[column], 1e-11);
    dual_value += solved.column_potentials[column] * to[column];
  }
  ck_assert_double_eq_tol(dual_value, solved.cost, 1e-10);
}

START_TEST(plan_and_potentials_prove_each_other_optimal) {
  for (const int seed : seeds_of(_i)) expect_plan_and_potentials_to_agree(problem(seed));
}
END_TEST

// Weight moved from one row to another changes the cost by the difference of their potentials; from
// a random point that holds to both sides, to a row without weight only forwards.
START_TEST(potentials_say_what_a_little_more_weight_costs) {
  constexpr double kStep = 1e-6;
  auto [from, to, cost] = problem(12 * _i + 2);  // unequal weights, no ties
  if (from.size() < 2) return;
  if (_i % 2 == 0) {
    from[1] += from[0];
    from[0] = 0.0;
  }
  const auto before = solve_transport(from, to, cost);
  from[0] += kStep;
  from[1] -= kStep;
  const auto after = solve_transport(from, to, cost);
  ck_assert_double_eq_tol((after.cost - before.cost) / kStep,
                          before.row_potentials[0] - before.row_potentials[1], 1e-4);
}
END_TEST

START_TEST(a_batch_costs_what_its_samples_cost_one_by_one) {
  at::manual_seed(4);
  const auto cost = at::rand({9, 12, 15}, at::kDouble);
  const auto rows = at::full({9, 12}, 1.0 / 12, at::kDouble);
  const auto columns = at::full({9, 15}, 1.0 / 15, at::kDouble);
  const auto all = transport_cost(rows, columns, cost);
  for (std::int64_t i = 0; i < 9; ++i) {
    const auto one =
        transport_cost(rows.narrow(0, i, 1), columns.narrow(0, i, 1), cost.narrow(0, i, 1));
    ck_assert_double_eq(all[i].item<double>(), one.item<double>());
  }
}
END_TEST

START_TEST(a_cost_that_is_not_finite_makes_only_its_own_sample_so) {
  auto cost = at::rand({2, 3, 3}, at::kDouble);
  cost[0][1][1] = NAN;
  const auto equal = at::full({2, 3}, 1.0 / 3, at::kDouble);
  const auto found = transport_cost(equal, equal, cost);
  ck_assert(std::isnan(found[0].item<double>()));
  ck_assert(std::isfinite(found[1].item<double>()));
}
END_TEST

// As those of a scorer that is broken.
START_TEST(weights_that_are_not_finite_make_only_their_own_sample_so) {
  const auto equal = at::full({3, 3}, 1.0 / 3, at::kDouble);
  auto rows = equal.clone();
  auto columns = equal.clone();
  rows[0].fill_(NAN);
  columns[1][2] = INFINITY;
  const auto found = transport_cost(rows.requires_grad_(), columns, at::rand({3, 3, 3}));
  ck_assert(std::isnan(found[0].item<double>()) && std::isnan(found[1].item<double>()));
  ck_assert(std::isfinite(found[2].item<double>()));
  found.sum().backward();
}
END_TEST

START_TEST(sinkhorn_costs_a_little_more_than_the_optimum) {
  at::manual_seed(_i);
  const auto audio = at::randn({3, 20, kWidth});
  const auto image = at::randn({3, 25, kWidth}) + 0.5;
  auto rows = at::rand({3, 20});
  rows.select(1, 4).zero_();
  rows = rows / rows.sum(1, true);
  const auto columns = at::full({3, 25}, 1.0 / 25);
  const auto cost = squared_distance(audio, image);
  const auto exact = transport_cost(rows, columns, cost);
  const auto gap = (sinkhorn_cost(rows, columns, cost) - exact) / exact;
  ck_assert_double_gt(gap.min().item<double>(), -1e-5);
  ck_assert_double_lt(gap.max().item<double>(), 0.05);
}
END_TEST

START_TEST(sinkhorn_gives_the_gradients_of_a_plan_with_these_marginals) {
  at::manual_seed(2);
  const auto cost = at::rand({2, 6, 7}).requires_grad_();
  auto rows = at::rand({2, 6});
  rows = rows / rows.sum(1, true);
  const auto columns = at::full({2, 7}, 1.0 / 7);
  sinkhorn_cost(rows, columns, cost).sum().backward();
  ck_assert(at::allclose(cost.grad().sum(2), rows, 1e-4, 1e-6));
  ck_assert(at::allclose(cost.grad().sum(1), columns, 1e-4, 1e-6));
  ck_assert_double_ge(cost.grad().min().item<double>(), 0.0);
}
END_TEST

START_TEST(transport_refuses_what_is_no_problem) {
  const std::vector<double> half = {0.5, 0.5};
  const auto message = [](const std::vector<double>& from, const std::vector<double>& to,
                          const std::vector<double>& cost) {
    return error_message_of<std::invalid_argument>([&] { solve_transport(from, to, cost); });
  };
  expect_one_line_with(message(half, half, {1, 2, 3}), "[rows, columns]");
  expect_one_line_with(message({0.5, -0.5}, half, {1, 2, 3, 4}), "row weights");
  expect_one_line_with(message(half, {0, 0}, {1, 2, 3, 4}), "column weights");
  expect_one_line_with(message(half, half, {1, 2, 3, NAN}), "not finite");
}
END_TEST

Suite* transport_suite() {
  Suite* suite = suite_create("transport");
  TCase* transport = tcase_create("transport");
  tcase_add_loop_test(transport, transport_costs_what_the_best_of_all_matchings_costs, 0, 2);
  tcase_add_loop_test(transport, transport_between_unequal_weights_is_a_matching_of_their_parts, 0,
                      6);
  tcase_add_loop_test(transport, cost_and_potentials_are_those_of_linear_programming, 0, 10);
  tcase_add_loop_test(transport, larger_problems_have_the_potentials_of_linear_programming, 0, 3);
  tcase_add_loop_test(transport, plan_and_potentials_prove_each_other_optimal, 0, 10);
  tcase_add_loop_test(transport, potentials_say_what_a_little_more_weight_costs, 0, 12);
  tcase_add_test(transport, a_batch_costs_what_its_samples_cost_one_by_one);
  tcase_add_test(transport, a_cost_that_is_not_finite_makes_only_its_own_sample_so);
  tcase_add_test(transport, weights_that_are_not_finite_make_only_their_own_sample_so);
  tcase_add_loop_test(transport, sinkhorn_costs_a_little_more_than_the_optimum, 0, 5);
  tcase_add_test(transport, sinkhorn_gives_the_gradients_of_a_plan_with_these_marginals);
  tcase_add_test(transport, transport_refuses_what_is_no_problem);
  suite_add_tcase(suite, transport);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::transport_suite());
}
