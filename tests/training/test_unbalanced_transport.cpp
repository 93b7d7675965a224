// SPDX-License-Identifier: LGPL-2.1-or-later
// Unbalanced transport and its divergence against closed forms, exact transport and an optimiser
// that knows nothing of Sinkhorn.
#include <ATen/Functions.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/training/finite_differences.h"
#include "training/losses/optimal_transport.h"
#include "training/losses/squared_distance.h"
#include "training/losses/unbalanced_divergence.h"
#include "training/losses/unbalanced_transport.h"

namespace dali {
namespace {

// Converged as far as float64 goes.
UnbalancedOptions precise(double rho_audio, double rho_image, double epsilon) {
  return {.rho_audio = rho_audio,
          .rho_image = rho_image,
          .epsilon = epsilon,
          .first_epsilon = std::max(epsilon, 0.5),
          .iterations = 20000,
          .tolerance = 1e-13 / epsilon};
}

double value_of(const torch::Tensor& cost, const UnbalancedOptions& options) {
  return unbalanced_cost(cost, options).sum().item<double>();
}

// t log(t / m) - t + m
double divergence_from(double t, double m) {
  return t * std::log(t / m) - t + m;
}

// Least value of a function of one number that has one minimum, by golden section.
double least_of(const std::function<double(double)>& f, double low, double high) {
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  for (int step = 0; step < 200; ++step) {
    const double left = high - ratio * (high - low);
    const double right = low + ratio * (high - low);
    (f(left) < f(right) ? high : low) = f(left) < f(right) ? right : left;
  }
  return f((low + high) / 2);
}

double distance(const torch::Tensor& audio, const torch::Tensor& image,
                const UnbalancedOptions& options) {
  return UnbalancedDivergence(options).forward(audio, image).distance.item<double>();
}

// One token each: all there is to choose is the mass.
START_TEST(one_token_each_moves_the_mass_that_costs_least) {
  for (const double cost : {0.0, 0.3, 1.0, 4.0}) {
    const double expected = least_of(
        [cost](double mass) {
          return mass * cost + (2.0 + 0.5 + 0.05) * divergence_from(mass, 1.0);
        },
        1e-9, 2.0);
    const auto options = precise(2.0, 0.5, 0.05);
    ck_assert_double_eq_tol(value_of(at::full({1, 1, 1}, cost, at::kDouble), options), expected,
                            1e-9);
    // By hand: the sum of the weights times 1 - e^(-cost / sum).
    ck_assert_double_eq_tol(expected, 2.55 * (1 - std::exp(-cost / 2.55)), 1e-9);
  }
}
END_TEST

// The objective as it is written, of the plan itself.
torch::Tensor objective(const torch::Tensor& plan, const torch::Tensor& cost,
                        const UnbalancedOptions& options) {
  const auto divergence = [](const torch::Tensor& mass, double weight) {
    return (mass * (mass / weight).log() - mass + weight).sum();
  };
  const auto rows = static_cast<double>(cost.size(0));
  const auto columns = static_cast<double>(cost.size(1));
  return (plan * cost).sum() + options.rho_audio * divergence(plan.sum(1), 1 / rows) +
         options.rho_image * divergence(plan.sum(0), 1 / columns) +
         options.epsilon * divergence(plan, 1 / (rows * columns));
}

// Gradient descent on the logarithm of the plan, with steps that grow while they help.
double least_objective(const torch::Tensor& cost, const UnbalancedOptions& options) {
  auto logarithm = at::full_like(cost, -std::log(static_cast<double>(cost.numel())));
  double step = 1.0;
  double least = std::numeric_limits<double>::infinity();
  for (int iteration = 0; iteration < 2000; ++iteration) {
    logarithm.set_requires_grad(true);
    const auto value = objective(logarithm.exp(), cost, options);
    const auto gradient = torch::autograd::grad({value}, {logarithm}).front();
    least = value.item<double>();
    logarithm = logarithm.detach();
    const auto moved = logarithm - step * gradient;
    const bool helps = objective(moved.exp(), cost, options).item<double>() < least;
    if (helps) logarithm = moved;
    step *= helps ? 1.2 : 0.5;
  }
  return least;
}

START_TEST(the_cost_is_the_least_of_the_objective_as_it_is_written) {
  at::manual_seed(_i);
  const auto cost = 2 * at::rand({3, 4}, at::kDouble);
  const auto options = precise(2.0, 0.5, 0.3);
  const double found = value_of(cost.unsqueeze(0), options);
  const double expected = least_objective(cost, options);
  ck_assert_double_eq_tol(found, expected, 1e-6);
}
END_TEST

START_TEST(the_gradient_of_the_cost_is_the_plan) {
  at::manual_seed(20 + _i);
  const auto options = _i % 2 == 0 ? precise(2.0, 0.5, 0.05) : precise(0.7, 0.7, 0.5);
  auto cost = (2 * at::rand({2, 4, 5}, at::kDouble)).set_requires_grad(true);
  unbalanced_cost(cost, options).sum().backward();
  const at::NoGradGuard no_gradients;
  const auto numeric = finite_differences(
      cost, [&](const torch::Tensor& moved) { return value_of(moved, options); });
  ck_assert_double_lt((cost.grad() - numeric).abs().max().item<double>(), 1e-7);
  ck_assert_double_gt(cost.grad().min().item<double>(), 0.0);
}
END_TEST

// No mass is worth leaving out, and no blur is left.
START_TEST(stiff_and_sharp_it_is_exact_transport) {
  at::manual_seed(30 + _i);
  const auto audio = at::randn({2, 5, 3}, at::kDouble);
  const auto image = at::randn({2, 7, 3}, at::kDouble) + 0.5;
  const auto cost = squared_distance(audio, image);
  const auto unit = cost.mean();
  const auto exact = uniform_transport(transport_cost, audio, image).sum().item<double>();
  double last_gap = std::numeric_limits<double>::infinity();
  for (const double epsilon : {1e-1, 1e-2, 1e-3}) {
    const double found = value_of(cost / unit, precise(1e5, 1e5, epsilon)) * unit.item<double>();
    const double gap = std::abs(found - exact) / exact;
    ck_assert_double_lt(gap, last_gap);
    last_gap = gap;
  }
  ck_assert_double_lt(last_gap, 0.01);
}
END_TEST

// A token of the sound that is like nothing in the picture has to land; of the picture, it may
// stay.
START_TEST(what_may_be_left_out_is_left_out) {
  auto near = at::zeros({1, 4, 1}, at::kDouble);
  auto with_a_far_one = near.clone();
  with_a_far_one[0][3][0] = 4.0;
  const auto options = precise(2.0, 0.5, 0.01);
  const auto plan_for = [&](const torch::Tensor& audio, const torch::Tensor& image) {
    auto cost = squared_distance(audio, image).set_requires_grad(true);
    unbalanced_cost(cost, options).sum().backward();
    return cost.grad()[0];
  };
  const double of_sound = plan_for(with_a_far_one, near).sum(1)[3].item<double>();
  const double of_picture = plan_for(near, with_a_far_one).sum(0)[3].item<double>();
  ck_assert_double_gt(of_sound, 100 * of_picture);
  ck_assert_double_lt(of_picture, 1e-6);
}
END_TEST

START_TEST(a_batch_costs_what_its_samples_cost_one_by_one) {
  at::manual_seed(4);
  const auto cost = at::rand({6, 12, 15}) * at::arange(1, 7, at::kFloat).view({6, 1, 1});
  UnbalancedReport report;
  const auto all = unbalanced_cost(cost, {}, /*is_annealed=*/true, &report);
  int most = 0;
  for (std::int64_t i = 0; i < 6; ++i) {
    UnbalancedReport own;
    const auto one = unbalanced_cost(cost.narrow(0, i, 1), {}, /*is_annealed=*/true, &own);
    ck_assert_double_eq_tol(all[i].item<double>(), one.item<double>(), 1e-6);
    ck_assert_double_eq_tol(report.mass[i].item<double>(), own.mass.item<double>(), 1e-5);
    most = std::max(most, own.iterations);
  }
  ck_assert_int_eq(report.iterations, most);
  ck_assert_double_eq(report.unfinished, 0.0);
}
END_TEST

START_TEST(what_has_not_converged_is_told) {
  at::manual_seed(6);
  const auto cost = at::rand({2, 9, 9}, at::kDouble);
  UnbalancedOptions options;
  options.iterations = 1;
  options.tolerance = 1e-12;
  UnbalancedReport report;
  unbalanced_cost(cost, options, /*is_annealed=*/true, &report);
  ck_assert_double_eq(report.unfinished, 1.0);
}
END_TEST

// With little entropy an iteration moves the potentials by little, near the optimum and far from
// it.
START_TEST(short_steps_are_not_taken_for_an_end) {
  at::manual_seed(8);
  const auto cost = at::rand({2, 30, 40}, at::kDouble) + at::rand({2, 30, 1}, at::kDouble);
  UnbalancedOptions options;
  options.epsilon = 1e-5;
  UnbalancedReport report;
  unbalanced_cost(cost, options, /*is_annealed=*/true, &report);
  ck_assert_int_eq(report.iterations, options.iterations);
  ck_assert_double_eq(report.unfinished, 1.0);
}
END_TEST

START_TEST(the_default_tolerance_leaves_little_to_gain) {
  at::manual_seed(90 + _i);
  const auto audio = at::randn({3, 16, 12}, at::kDouble);
  const auto image = at::randn({3, 24, 12}, at::kDouble) + 0.5;
  const double found = distance(audio, image, {});
  ck_assert_double_eq_tol(found, distance(audio, image, precise(2.0, 0.5, 0.01)), 0.005 * found);
}
END_TEST

START_TEST(a_cost_that_is_not_finite_makes_only_its_own_sample_so) {
  at::manual_seed(7);
  auto cost = at::rand({3, 3, 3});
  cost[0][1][1] = NAN;
  const auto found = unbalanced_cost(cost, {});
  ck_assert(!std::isfinite(found[0].item<double>()));
  ck_assert_double_eq(found[2].item<double>(),
                      unbalanced_cost(cost.narrow(0, 2, 1), {}).item<double>());
}
END_TEST

START_TEST(equal_clouds_are_at_distance_nothing_and_stay_there) {
  at::manual_seed(40);
  const auto image = at::randn({2, 6, 4}, at::kDouble);
  auto audio = image.index_select(1, at::tensor({4, 2, 0, 5, 1, 3})).set_requires_grad(true);
  const auto moved = (image + 0.5 * at::randn_like(image)).set_requires_grad(true);
  struct Row {
    UnbalancedOptions options;
    double tolerance;  // of the gradient, of that of tokens half a deviation away
  };
  // With two stiffnesses the minimum lies beside, by what the blur makes out.
  for (const auto& [options, tolerance] :
       {Row{precise(1.0, 1.0, 0.5), 1e-9}, Row{precise(0.5, 0.5, 0.01), 1e-9},
        Row{precise(2.0, 0.5, 0.01), 1e-4}, Row{precise(2.0, 0.5, 0.3), 0.1}}) {
    UnbalancedDivergence loss(options);
    const auto at_image = loss.forward(audio, image).distance;
    ck_assert_double_eq_tol(at_image.item<double>(), 0.0, 1e-9);
    const auto gradient = torch::autograd::grad({at_image}, {audio}).front();
    const auto elsewhere =
        torch::autograd::grad({loss.forward(moved, image).distance}, {moved}).front();
    ck_assert_double_lt(gradient.norm().item<double>(),
                        tolerance * elsewhere.norm().item<double>());
  }
}
END_TEST

START_TEST(with_one_stiffness_no_tokens_are_nearer_than_equal_ones) {
  at::manual_seed(50 + _i);
  const auto image = at::randn({1, 6, 2}, at::kDouble);
  const auto audio = image + 0.3 * at::randn({1, 6, 2}, at::kDouble);
  ck_assert_double_gt(distance(audio, image, precise(0.8, 0.8, 0.2)), 0.0);
}
END_TEST

// The unit, the mean cost, counts as a constant: held still it is differentiated by hand.
START_TEST(its_gradient_agrees_with_finite_differences) {
  at::manual_seed(60);
  const auto options = precise(2.0, 0.5, 0.1);
  auto audio = at::randn({2, 4, 3}, at::kDouble).set_requires_grad(true);
  const auto image = at::randn({2, 5, 3}, at::kDouble);
  UnbalancedDivergence(options).forward(audio, image).distance.backward();
  const at::NoGradGuard no_gradients;
  const auto unit = squared_distance(audio, image).mean({1, 2}, /*keepdim=*/true);
  const auto numeric = finite_differences(audio, [&](const torch::Tensor& moved) {
    const auto between = unbalanced_cost(squared_distance(moved, image) / unit, options);
    const auto within = unbalanced_cost(squared_distance(moved, moved) / unit, options);
    return (between - within / 2).mean().item<double>();
  });
  ck_assert_double_lt((audio.grad() - numeric).abs().max().item<double>(), 1e-7);
}
END_TEST

START_TEST(it_means_the_same_at_every_scale) {
  at::manual_seed(70);
  const auto audio = at::randn({2, 5, 4});
  const auto image = at::randn({2, 6, 4});
  const double once = distance(audio, image, {});
  for (const float scale : {1e-12F, 1e-3F, 1e3F, 1e12F}) {
    ck_assert_double_eq_tol(distance(scale * audio, scale * image, {}), once, 1e-4);
  }
}
END_TEST

START_TEST(lone_and_coinciding_tokens_are_no_trouble) {
  at::manual_seed(80);
  const auto one = at::randn({3, 1, 4}).set_requires_grad(true);
  const auto others = at::randn({3, 4, 4});
  for (const auto& [audio, image] : {std::pair(one, others), std::pair(one, one.detach().clone()),
                                     std::pair(one.expand({3, 5, 4}), others)}) {
    const auto found = UnbalancedDivergence().forward(audio, image).distance;
    ck_assert(std::isfinite(found.item<double>()));
    ck_assert_double_gt(found.item<double>(), -1e-3);
    ck_assert(torch::autograd::grad({found}, {one}).front().isfinite().all().item<bool>());
  }
  // Two points of one token each: only the mass is free, and a token costs itself nothing. The unit
  // is their distance, so that the cost is 1.
  const double sum = 2.0 + 0.5 + 0.01;
  ck_assert_double_eq_tol(distance(one.detach(), one.detach() + 3.0, {}),
                          sum * (1 - std::exp(-1 / sum)), 1e-3);
}
END_TEST

START_TEST(options_out_of_their_range_are_refused) {
  const auto refused = [](const UnbalancedOptions& options) {
    return error_message_of<std::invalid_argument>(
        [&] { make_alignment_loss("unbalanced-sinkhorn", 4, {}, {.unbalanced = options}); });
  };
  expect_one_line_with(refused({.rho_audio = 0.0}), "rho_audio and rho_image must be above 0");
  expect_one_line_with(refused({.rho_image = HUGE_VAL}), "rho_audio and rho_image");
  expect_one_line_with(refused({.epsilon = -0.1}), "epsilon must be above 0");
  expect_one_line_with(refused({.epsilon = 0.6}), "first_epsilon at least that");
  expect_one_line_with(refused({.iterations = 0}), "iterations must be at least 1");
  expect_one_line_with(refused({.tolerance = NAN}), "tolerance must be above 0");
}
END_TEST

Suite* unbalanced_suite() {
  Suite* suite = suite_create("unbalanced transport");
  TCase* cost = tcase_create("cost");
  tcase_add_test(cost, one_token_each_moves_the_mass_that_costs_least);
  tcase_add_loop_test(cost, the_cost_is_the_least_of_the_objective_as_it_is_written, 0, 3);
  tcase_add_loop_test(cost, the_gradient_of_the_cost_is_the_plan, 0, 4);
  tcase_add_loop_test(cost, stiff_and_sharp_it_is_exact_transport, 0, 2);
  tcase_add_test(cost, what_may_be_left_out_is_left_out);
  tcase_add_test(cost, a_batch_costs_what_its_samples_cost_one_by_one);
  tcase_add_test(cost, what_has_not_converged_is_told);
  tcase_add_test(cost, short_steps_are_not_taken_for_an_end);
  tcase_add_loop_test(cost, the_default_tolerance_leaves_little_to_gain, 0, 3);
  tcase_add_test(cost, a_cost_that_is_not_finite_makes_only_its_own_sample_so);
  suite_add_tcase(suite, cost);
  TCase* divergence = tcase_create("divergence");
  tcase_add_test(divergence, equal_clouds_are_at_distance_nothing_and_stay_there);
  tcase_add_loop_test(divergence, with_one_stiffness_no_tokens_are_nearer_than_equal_ones, 0, 5);
  tcase_add_test(divergence, its_gradient_agrees_with_finite_differences);
  tcase_add_test(divergence, it_means_the_same_at_every_scale);
  tcase_add_test(divergence, lone_and_coinciding_tokens_are_no_trouble);
  tcase_add_test(divergence, options_out_of_their_range_are_refused);
  suite_add_tcase(suite, divergence);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::unbalanced_suite());
}
