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

namespace dali {
namespace {

constexpr const char* kNames[] = {"mmd", "ot", "attentive-ot", "contrastive"};
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

START_TEST(plan_and_potentials_prove_each_other_optimal) {
  at::manual_seed(_i);
  const int rows = 3 + _i % 9;
  const int columns = 2 + _i % 7;
  auto from = values_of(at::rand({rows}, at::kDouble));
  auto to = values_of(at::rand({columns}, at::kDouble));
  if (_i % 3 == 0) from[0] = 0.0;
  const double from_sum = std::accumulate(from.begin(), from.end(), 0.0);
  const double to_sum = std::accumulate(to.begin(), to.end(), 0.0);
  const auto cost = values_of(at::rand({rows, columns}, at::kDouble));
  const auto solved = solve_transport(from, to, cost);

  double dual_value = 0.0;
  std::vector<double> column_sums(columns, 0.0);
  for (int row = 0; row < rows; ++row) {
    double row_sum = 0.0;
    for (int column = 0; column < columns; ++column) {
      const int index = row * columns + column;
      row_sum += solved.plan[index];
      column_sums[column] += solved.plan[index];
      // Feasible: no potential pays for more than a way costs.
      ck_assert_double_le(solved.row_potentials[row] + solved.column_potentials[column],
                          cost[index] + 1e-9);
    }
    ck_assert_double_eq_tol(row_sum, from[row] / from_sum, 1e-9);
    dual_value += solved.row_potentials[row] * from[row] / from_sum;
  }
  for (int column = 0; column < columns; ++column) {
    ck_assert_double_eq_tol(column_sums[column], to[column] / to_sum, 1e-9);
    dual_value += solved.column_potentials[column] * to[column] / to_sum;
  }
  ck_assert_double_eq_tol(dual_value, solved.cost, 1e-8);
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
  tcase_add_loop_test(transport, plan_and_potentials_prove_each_other_optimal, 0, 30);
  tcase_add_test(transport, transport_refuses_what_is_no_problem);
  suite_add_tcase(suite, transport);
  TCase* losses = tcase_create("losses");
  tcase_add_test(losses, mmd_is_what_its_formula_says_pair_by_pair);
  tcase_add_loop_test(losses, gradients_agree_with_finite_differences, 0, kLosses);
  tcase_add_test(losses, equal_tokens_are_at_distance_nothing);
  tcase_add_loop_test(losses, one_token_and_all_equal_tokens_give_finite_losses_and_gradients, 0,
                      kLosses);
  tcase_add_test(losses, an_unknown_loss_is_refused_with_the_nearest_name);
  suite_add_tcase(suite, losses);
  return suite;
}

}  // namespace
}  // namespace dali

int main() { return dali::run_suite(dali::losses_suite()); }
