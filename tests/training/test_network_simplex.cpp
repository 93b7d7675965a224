// SPDX-License-Identifier: LGPL-2.1-or-later
// The network simplex on what no brute force reaches: its solution holds its own proof.
#include <ATen/Functions.h>
#include <torch/types.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "tests/support/check_suite.h"
#include "training/losses/least_excess.h"
#include "training/losses/network_simplex.h"
#include "training/losses/squared_distance.h"

namespace dali {
namespace {

constexpr std::int64_t kWidth = 8;  // of tokens

std::vector<double> values_of(const torch::Tensor& tensor) {
  const auto flat = tensor.to(at::kDouble).contiguous().flatten();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

// What no brute force reaches. Costs of tokens lie between 0 and about 100 and are rounded to
// multiples of at most 2^-47 of that times 200, which is 2e-10: so much the proof may miss.
void expect_a_large_problem_to_prove_itself(bool has_equal_weights) {
  constexpr std::int64_t kRows = 200;
  constexpr std::int64_t kColumns = 225;
  constexpr double kTolerance = 2e-10;
  const auto weights = [&](std::int64_t count) {
    const auto some =
        has_equal_weights ? at::ones({count}, at::kDouble) : at::rand({count}, at::kDouble);
    return values_of(some / some.sum());
  };
  const auto from = weights(kRows);
  const auto to = weights(kColumns);
  const auto cost = values_of(squared_distance(at::randn({1, kRows, kWidth}, at::kDouble),
                                               at::randn({1, kColumns, kWidth}, at::kDouble)));
  const auto solved = solve_transport(TransportProblem<double>{from, to, cost});
  ck_assert_uint_lt(solved.moves.size(), kRows + kColumns);
  std::vector<double> row_sums(kRows, 0.0);
  std::vector<double> column_sums(kColumns, 0.0);
  double moved_cost = 0.0;
  for (const auto& move : solved.moves) {
    ck_assert_double_gt(move.amount, 0.0);
    row_sums[move.row] += move.amount;
    column_sums[move.column] += move.amount;
    moved_cost += move.amount * cost[move.row * kColumns + move.column];
  }
  double dual_value = 0.0;
  for (std::int64_t row = 0; row < kRows; ++row) {
    ck_assert_double_eq_tol(row_sums[row], from[row], 1e-11);
    dual_value += solved.row_potentials[row] * from[row];
    for (std::int64_t column = 0; column < kColumns; ++column) {
      ck_assert_double_le(solved.row_potentials[row] + solved.column_potentials[column],
                          cost[row * kColumns + column] + kTolerance);
    }
  }
  for (std::int64_t column = 0; column < kColumns; ++column) {
    ck_assert_double_eq_tol(column_sums[column], to[column], 1e-11);
    dual_value += solved.column_potentials[column] * to[column];
  }
  ck_assert_double_eq_tol(moved_cost, solved.cost, 1e-9);
  // The plan moves weights that are rounded to multiples of 2^-40, each at most 100 dear.
  ck_assert_double_eq_tol(dual_value, solved.cost, (kRows + kColumns) * 100 * 0x1p-40);
}

START_TEST(large_problems_of_tokens_prove_themselves) {
  at::manual_seed(_i);
  expect_a_large_problem_to_prove_itself(/*has_equal_weights=*/_i % 2 == 0);
}
END_TEST

// Costs that single precision holds, and of a thousandth or a million times the size.
START_TEST(a_problem_has_one_solution_in_either_precision_and_at_any_scale) {
  at::manual_seed(7);
  const auto cost = at::randint(0, 1000, {40, 50}, at::kFloat);
  const std::vector<double> rows(40, 1.0);
  const std::vector<double> columns(50, 1.0);
  const auto wide = values_of(cost);
  const std::vector<float> narrow(cost.data_ptr<float>(), cost.data_ptr<float>() + cost.numel());
  const auto expected = solve_transport(TransportProblem<double>{rows, columns, wide});
  const auto found = solve_transport(TransportProblem<float>{rows, columns, narrow});
  ck_assert_double_eq(found.cost, expected.cost);
  for (const double scale : {0x1p-1000, 0x1p-10, 0x1p20, 0x1p1000}) {
    std::vector<double> scaled;
    for (const double value : wide) scaled.push_back(value * scale);
    const auto again = solve_transport(TransportProblem<double>{rows, columns, scaled});
    ck_assert_double_eq_tol(again.cost / scale, expected.cost, 1e-12 * expected.cost);
  }
}
END_TEST

// Whole vectors, parts of them, and less than one.
START_TEST(the_least_excess_is_that_of_one_comparison_after_another) {
  at::manual_seed(8);
  const auto price = values_of(at::randn({300}, at::kDouble));
  const auto potential = values_of(at::randn({300}, at::kDouble));
  for (int begin = 0; begin < 3; ++begin) {
    double least = std::numeric_limits<double>::infinity();
    for (int count = 1; begin + count <= 300; ++count) {
      least = std::min(least, price[begin + count - 1] - potential[begin + count - 1]);
      ck_assert_double_eq(least_excess(price.data() + begin, potential.data() + begin, count),
                          least);
    }
  }
}
END_TEST

Suite* network_simplex_suite() {
  Suite* suite = suite_create("network_simplex");
  TCase* simplex = tcase_create("network_simplex");
  tcase_add_loop_test(simplex, large_problems_of_tokens_prove_themselves, 0, 4);
  tcase_add_test(simplex, a_problem_has_one_solution_in_either_precision_and_at_any_scale);
  tcase_add_test(simplex, the_least_excess_is_that_of_one_comparison_after_another);
  suite_add_tcase(suite, simplex);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::network_simplex_suite());
}
