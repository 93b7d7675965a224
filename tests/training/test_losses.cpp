#include <ATen/Functions.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "training/losses/alignment_loss.h"
#include "training/losses/maximum_mean_discrepancy.h"
#include "training/losses/network_simplex.h"
#include "training/losses/optimal_transport.h"
#include "training/losses/sinkhorn.h"
#include "training/losses/squared_distance.h"

namespace dali {
namespace {

constexpr const char* kNames[] = {"mmd",         "ot",       "attentive-ot",
                                  "contrastive", "sinkhorn", "attentive-sinkhorn"};
constexpr int kExactLosses = 4;  // the first so many have gradients without approximation
constexpr int kLosses = static_cast<int>(std::size(kNames));
constexpr int kWidth = 8;  // that eight heads divide

torch::Tensor random_tokens(std::int64_t batch, std::int64_t tokens) {
  return at::randn({batch, tokens, kWidth}, at::kDouble);
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
  at::manual_seed(_i);
  constexpr int kSide = 6;
  // Every other case has ties: costs from a handful of whole numbers.
  const auto cost = _i % 2 == 0 ? at::rand({kSide, kSide}, at::kDouble)
                                : at::randint(0, 3, {kSide, kSide}, at::kDouble);
  const std::vector<double> equal(kSide, 1.0 / kSide);
  const auto solved = solve_transport(equal, equal, values_of(cost));
  ck_assert_double_eq_tol(solved.cost, cheapest_matching(values_of(cost), kSide), 1e-10);
}
END_TEST

// Weights in sixths: a token of weight 3/6 is three tokens of the matching. Sums that agree on the
// way make such problems degenerate, and costs from a handful of whole numbers give them ties.
START_TEST(transport_between_unequal_weights_is_a_matching_of_their_parts) {
  at::manual_seed(_i);
  constexpr int kParts = 6;
  const std::vector<int> choices[] = {{6}, {3, 3}, {1, 2, 3}, {2, 2, 2}, {1, 0, 4, 1}, {0, 5, 1}};
  const auto& rows = choices[_i % 6];
  const auto& columns = choices[_i / 6 % 6];
  const auto shape = {static_cast<std::int64_t>(rows.size()),
                      static_cast<std::int64_t>(columns.size())};
  const auto cost =
      values_of(_i % 2 == 0 ? at::rand(shape, at::kDouble) : at::randint(0, 3, shape, at::kDouble));
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

START_TEST(plan_and_potentials_prove_each_other_optimal) {
  const auto [from, to, cost] = problem(_i);
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

double squared_distance_between(const torch::Tensor& one, const torch::Tensor& other) {
  return (one - other).square().sum().item<double>();
}

// [batch]: over all ordered pairs of different tokens.
std::vector<double> mean_squared_distance(const torch::Tensor& tokens) {
  std::vector<double> means;
  const auto count = tokens.size(1);
  for (std::int64_t sample = 0; sample < tokens.size(0); ++sample) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < count; ++i) {
      for (std::int64_t j = 0; j < count; ++j) {
        sum += squared_distance_between(tokens[sample][i], tokens[sample][j]);
      }
    }
    means.push_back(sum / static_cast<double>(count * count - count));
  }
  return means;
}

// The estimator written out, pair by pair.
double brute_force_mmd(const torch::Tensor& audio, const torch::Tensor& image,
                       const std::vector<double>& bandwidth) {
  const auto mean_kernel = [](const torch::Tensor& from, const torch::Tensor& to, double width) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < from.size(0); ++i) {
      for (std::int64_t j = 0; j < to.size(0); ++j) {
        const double distance = squared_distance_between(from[i], to[j]);
        for (const double factor : {0.25, 0.5, 1.0, 2.0, 4.0}) {
          sum += std::exp(-distance / (width * factor));
        }
      }
    }
    return sum / static_cast<double>(from.size(0) * to.size(0));
  };
  double total = 0.0;
  for (std::int64_t sample = 0; sample < audio.size(0); ++sample) {
    const double width = bandwidth[static_cast<std::size_t>(sample)];
    total += mean_kernel(audio[sample], audio[sample], width) -
             2 * mean_kernel(audio[sample], image[sample], width) +
             mean_kernel(image[sample], image[sample], width);
  }
  return total / static_cast<double>(audio.size(0));
}

START_TEST(mmd_is_what_its_formula_says_pair_by_pair) {
  at::manual_seed(5);
  const auto audio = random_tokens(2, 4);
  const auto image = random_tokens(2, 5);
  const auto bandwidth = mean_squared_distance(at::cat({audio, image}, 1));
  ck_assert_double_eq_tol(maximum_mean_discrepancy(audio, image).mean().item<double>(),
                          brute_force_mmd(audio, image, bandwidth), 1e-10);
}
END_TEST

// d f / d x by central differences, one number of x at a time.
torch::Tensor finite_differences(const torch::Tensor& x,
                                 const std::function<double(const torch::Tensor&)>& f) {
  constexpr double kStep = 1e-6;
  const auto gradient = at::zeros_like(x);
  const auto flat_gradient = gradient.flatten();
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    auto above = x.clone();
    auto below = x.clone();
    above.view(-1)[i] += kStep;
    below.view(-1)[i] -= kStep;
    gradient.view(-1)[i] = (f(above) - f(below)) / (2 * kStep);
  }
  return gradient;
}

START_TEST(gradients_agree_with_finite_differences) {
  at::manual_seed(7);
  const auto loss = make_alignment_loss(kNames[_i], kWidth);
  loss->to(at::kDouble);
  loss->begin_epoch(6);
  const auto image = random_tokens(2, 5);
  const auto start = random_tokens(2, 4);
  auto audio = start.clone().set_requires_grad(true);
  const auto terms = loss->forward(audio, image);
  terms.distance.backward();
  // The bandwidth of MMD counts as a constant, which only a version of its own can hold still.
  const auto tokens = at::cat({start, image}, 1);
  const auto moved_distance = [&](const torch::Tensor& moved) {
    return _i == 0 ? brute_force_mmd(moved, image, mean_squared_distance(tokens))
                   : loss->forward(moved, image).distance.item<double>();
  };
  const auto numeric = finite_differences(start, moved_distance);
  const double worst = (audio.grad() - numeric).abs().max().item<double>();
  ck_assert_msg(worst < 1e-5, "%s: %g", kNames[_i], worst);
}
END_TEST

// The scorers' weights, through distance and entropy.
START_TEST(own_parameters_have_the_gradients_of_finite_differences) {
  at::manual_seed(8);
  const auto loss = make_alignment_loss("attentive-ot", kWidth);
  loss->to(at::kDouble);
  loss->begin_epoch(6);
  const auto audio = random_tokens(2, 4);
  const auto image = random_tokens(2, 5);
  loss->forward(audio, image).regularised().backward();
  const at::NoGradGuard no_gradients;
  for (auto& parameter : loss->parameters()) {
    auto first = parameter.view(-1)[0];
    const double value = first.item<double>();
    const auto at_offset = [&](double offset) {
      first.fill_(value + offset);
      return loss->forward(audio, image).regularised().item<double>();
    };
    constexpr double kStep = 1e-5;
    const double numeric = (at_offset(kStep) - at_offset(-kStep)) / (2 * kStep);
    first.fill_(value);
    ck_assert_double_eq_tol(parameter.grad().view(-1)[0].item<double>(), numeric, 1e-5);
  }
}
END_TEST

START_TEST(equal_tokens_are_at_distance_nothing) {
  at::manual_seed(3);
  const auto tokens = random_tokens(2, 5);
  const auto permuted = tokens.index_select(1, at::tensor({4, 2, 0, 1, 3}));
  ck_assert_double_lt(std::abs(maximum_mean_discrepancy(tokens, permuted).max().item<double>()),
                      1e-9);
  ck_assert_double_lt(
      make_alignment_loss("ot", kWidth)->forward(tokens, permuted).distance.item<double>(), 1e-9);
}
END_TEST

START_TEST(one_token_and_all_equal_tokens_give_finite_losses_and_gradients) {
  const auto loss = make_alignment_loss(kNames[_i], kWidth);
  for (const std::int64_t tokens : {1, 3}) {
    auto audio = at::ones({2, tokens, kWidth}).set_requires_grad(true);
    const auto terms = loss->forward(audio, at::ones({2, tokens, kWidth}));
    terms.distance.backward();
    ck_assert(terms.distance.isfinite().all().item<bool>());
    ck_assert(audio.grad().isfinite().all().item<bool>());
  }
}
END_TEST

START_TEST(an_unknown_loss_is_refused_with_the_nearest_name) {
  expect_one_line_with(
      error_message_of<std::invalid_argument>([] { make_alignment_loss("attentive_ot", kWidth); }),
      "'attentive-ot'");
}
END_TEST

Suite* losses_suite() {
  Suite* suite = suite_create("losses");
  TCase* transport = tcase_create("transport");
  tcase_add_loop_test(transport, transport_costs_what_the_best_of_all_matchings_costs, 0, 20);
  tcase_add_loop_test(transport, transport_between_unequal_weights_is_a_matching_of_their_parts, 0,
                      72);
  tcase_add_loop_test(transport, plan_and_potentials_prove_each_other_optimal, 0, 120);
  tcase_add_loop_test(transport, potentials_say_what_a_little_more_weight_costs, 0, 12);
  tcase_add_test(transport, a_batch_costs_what_its_samples_cost_one_by_one);
  tcase_add_test(transport, a_cost_that_is_not_finite_makes_only_its_own_sample_so);
  tcase_add_loop_test(transport, sinkhorn_costs_a_little_more_than_the_optimum, 0, 5);
  tcase_add_test(transport, sinkhorn_gives_the_gradients_of_a_plan_with_these_marginals);
  tcase_add_test(transport, transport_refuses_what_is_no_problem);
  suite_add_tcase(suite, transport);
  TCase* losses = tcase_create("losses");
  tcase_add_test(losses, mmd_is_what_its_formula_says_pair_by_pair);
  tcase_add_loop_test(losses, gradients_agree_with_finite_differences, 0, kExactLosses);
  tcase_add_test(losses, own_parameters_have_the_gradients_of_finite_differences);
  tcase_add_test(losses, equal_tokens_are_at_distance_nothing);
  tcase_add_loop_test(losses, one_token_and_all_equal_tokens_give_finite_losses_and_gradients, 0,
                      kLosses);
  tcase_add_test(losses, an_unknown_loss_is_refused_with_the_nearest_name);
  suite_add_tcase(suite, losses);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::losses_suite());
}
