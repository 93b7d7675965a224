// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether potentials are judged rightly: those of an optimal plan pass, others do not.
#include "tests/golden/transport_duals.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <random>

#include "tests/support/check_suite.h"
#include "training/losses/network_simplex.h"

namespace dali::golden {
namespace {

constexpr double kExact = 1e-7;

struct Solved {
  JudgedTransport problem;
  Potentials potentials;
};

Solved solved(JudgedTransport problem) {
  const auto solution = solve_transport(problem.row_weights, problem.column_weights, problem.cost);
  problem.plan = solution.plan;
  return {.problem = std::move(problem),
          .potentials = {.rows = solution.row_potentials, .columns = solution.column_potentials}};
}

// Nine tokens onto eleven; every other seed with equal weights.
JudgedTransport random_problem(unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> uniform(0.1, 1.0);
  const auto weights = [&](std::size_t count) {
    std::vector<double> values(count, 1.0);
    if (seed % 2 == 0) {
      for (double& value : values) value = uniform(generator);
    }
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    for (double& value : values) value /= sum;
    return values;
  };
  JudgedTransport problem{
      .row_weights = weights(9), .column_weights = weights(11), .cost = {}, .plan = {}};
  for (int i = 0; i < 9 * 11; ++i) problem.cost.push_back(10.0 * uniform(generator));
  return problem;
}

START_TEST(potentials_of_the_optimal_plan_prove_it) {
  const auto [problem, potentials] = solved(random_problem(static_cast<unsigned>(_i)));
  ck_assert(!dual_fault(problem, potentials, kExact));
  // With any constant.
  Potentials shifted = potentials;
  for (double& potential : shifted.rows) potential += 3.0;
  ck_assert(!dual_fault(problem, shifted, kExact));
}
END_TEST

START_TEST(a_potential_that_is_off_either_way_proves_nothing) {
  const auto [problem, potentials] = solved(random_problem(static_cast<unsigned>(_i)));
  for (const double error : {0.01, -0.01}) {
    Potentials wrong = potentials;
    wrong.columns[4] += error;
    // A column may be free in one of the two ways, where its potential is not unique.
    const bool is_unique = column_freedom(problem, potentials, 0.0)[4] < 1e-9;
    if (is_unique) ck_assert(dual_fault(problem, wrong, kExact));
    wrong = potentials;
    for (double& potential : wrong.rows) potential *= 1.0 + error;
    ck_assert(dual_fault(problem, wrong, kExact));
  }
}
END_TEST

START_TEST(the_plan_of_other_costs_is_not_proved) {
  const auto right = solved(random_problem(static_cast<unsigned>(_i)));
  auto other = right.problem;
  std::reverse(other.cost.begin(), other.cost.end());
  ck_assert(dual_fault(right.problem, solved(other).potentials, kExact));
}
END_TEST

std::vector<double> without_mean(std::vector<double> values) {
  const double mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  for (double& value : values) value -= mean;
  return values;
}

void expect_within(const std::vector<double>& left, const std::vector<double>& right,
                   const std::vector<double>& freedom) {
  for (std::size_t i = 0; i < left.size(); ++i) {
    ck_assert_double_le(std::abs(left[i] - right[i]), freedom[i] + kExact);
  }
}

// Costs rounded otherwise move potentials, and no further than the freedom says.
START_TEST(potentials_of_rounded_costs_stay_within_the_freedom) {
  constexpr double kRounding = 1e-4;
  const auto exact = solved(random_problem(static_cast<unsigned>(_i)));
  JudgedTransport problem = exact.problem;
  std::mt19937 generator(7);
  std::uniform_real_distribution<double> rounding(-kRounding, kRounding);
  for (double& cost : problem.cost) cost += rounding(generator);
  const auto rounded = solved(problem);
  expect_within(without_mean(exact.potentials.columns), without_mean(rounded.potentials.columns),
                column_freedom(exact.problem, exact.potentials, kRounding));
  expect_within(without_mean(exact.potentials.rows), without_mean(rounded.potentials.rows),
                row_freedom(exact.problem, exact.potentials, kRounding));
}
END_TEST

// Where the plan ties all tokens together potentials are unique, and are free by a cost's rounding
// for each way between them, no more; a plan in parts leaves them free by what the parts lie apart.
START_TEST(freedom_is_small_only_where_potentials_are_unique) {
  const JudgedTransport tied = {.row_weights = {0.5, 0.5},
                                .column_weights = {0.3, 0.7},
                                .cost = {0.0, 1.0, 1.0, 0.0},
                                .plan = {}};
  const auto unique = solved(tied);
  for (const double freedom : column_freedom(unique.problem, unique.potentials, 1e-4)) {
    ck_assert_double_le(freedom, 2e-4);
  }
  JudgedTransport parts = tied;
  parts.column_weights = {0.5, 0.5};
  const auto ambiguous = solved(parts);
  for (const double freedom : column_freedom(ambiguous.problem, ambiguous.potentials, 0.0)) {
    ck_assert_double_ge(freedom, 0.5);
  }
}
END_TEST

}  // namespace
}  // namespace dali::golden

int main() {
  Suite* suite = suite_create("transport duals");
  TCase* duals = tcase_create("duals");
  constexpr int kSeeds = 8;
  tcase_add_loop_test(duals, dali::golden::potentials_of_the_optimal_plan_prove_it, 0, kSeeds);
  tcase_add_loop_test(duals, dali::golden::a_potential_that_is_off_either_way_proves_nothing, 0,
                      kSeeds);
  tcase_add_loop_test(duals, dali::golden::the_plan_of_other_costs_is_not_proved, 0, kSeeds);
  tcase_add_loop_test(duals, dali::golden::potentials_of_rounded_costs_stay_within_the_freedom, 0,
                      kSeeds);
  tcase_add_test(duals, dali::golden::freedom_is_small_only_where_potentials_are_unique);
  suite_add_tcase(suite, duals);
  return dali::run_suite(suite);
}
