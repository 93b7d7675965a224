// SPDX-License-Identifier: LGPL-2.1-or-later
// Energy distance and the options of maximum mean discrepancy, against closed forms and pair by
// pair.
#include <ATen/Functions.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "training/losses/energy_distance.h"
#include "training/losses/maximum_mean_discrepancy.h"
#include "training/losses/squared_distance.h"

namespace dali {
namespace {

double energy(const torch::Tensor& audio, const torch::Tensor& image) {
  return EnergyDistance().forward(audio, image).distance.item<double>();
}

// On a line it is twice the integral of the squared difference of the distribution functions.
START_TEST(on_a_line_it_is_twice_cramers_distance) {
  at::manual_seed(_i);
  const auto audio = at::randn({1, 5, 1}, at::kDouble);
  const auto image = at::randn({1, 8, 1}, at::kDouble) + 0.4;
  const auto all = std::get<0>(at::cat({audio, image}, 1).flatten().sort());
  double integral = 0.0;
  for (std::int64_t i = 0; i + 1 < all.numel(); ++i) {
    const auto share_up_to = [&](const torch::Tensor& side) {
      return (side <= all[i]).to(at::kDouble).mean().item<double>();
    };
    const double difference = share_up_to(audio) - share_up_to(image);
    integral += difference * difference * (all[i + 1] - all[i]).item<double>();
  }
  ck_assert_double_eq_tol(energy(audio, image), 2 * integral, 1e-10);
}
END_TEST

// Of two Gaussians of one deviation, m apart: 2 E|m + sqrt(2) s Z| - 2 E|sqrt(2) s Z|.
START_TEST(of_two_gaussians_it_is_what_their_moments_say) {
  at::manual_seed(3);
  constexpr std::int64_t kTokens = 1500;
  constexpr double kApart = 1.5;
  // By quantiles: each token stands for as much of its distribution as any other.
  const auto quantiles =
      at::erfinv(2 * (at::arange(kTokens, at::kDouble) + 0.5) / static_cast<double>(kTokens) - 1) *
      std::sqrt(2.0);
  const auto audio = quantiles.view({1, kTokens, 1});
  const double deviation = std::sqrt(2.0);
  const double folded =
      deviation * std::sqrt(2 / M_PI) * std::exp(-kApart * kApart / (2 * deviation * deviation)) +
      kApart * std::erf(kApart / (deviation * std::sqrt(2.0)));
  const double expected = 2 * folded - 2 * deviation * std::sqrt(2 / M_PI);
  ck_assert_double_eq_tol(energy(audio, audio + kApart), expected, 1e-3);
}
END_TEST

START_TEST(two_points_are_twice_their_distance_apart) {
  const auto origin = at::zeros({1, 1, 3}, at::kDouble);
  auto point = at::tensor({3.0, 4.0, 0.0}).view({1, 1, 3}).to(at::kDouble).set_requires_grad(true);
  const auto distance = EnergyDistance().forward(point, origin).distance;
  ck_assert_double_eq_tol(distance.item<double>(), 10.0, 1e-12);
  // Whatever the distance, by the same pull.
  distance.backward();
  ck_assert_double_eq_tol(point.grad().norm().item<double>(), 2.0, 1e-9);
}
END_TEST

// In float32, where the squared distance of equal tokens is rounding of either sign.
START_TEST(coinciding_tokens_draw_each_other_nowhere) {
  at::manual_seed(4);
  const auto image = 50 * at::randn({2, 40, 64});
  auto audio = image.clone().set_requires_grad(true);
  const auto distance = EnergyDistance().forward(audio, image).distance;
  distance.backward();
  ck_assert_double_eq_tol(distance.item<double>(), 0.0, 1e-4);
  ck_assert_double_lt(audio.grad().norm().item<double>(), 1e-4);
}
END_TEST

std::vector<double> values_of(const torch::Tensor& tensor) {
  const auto flat = tensor.to(at::kDouble).contiguous().flatten();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

START_TEST(the_median_is_that_of_different_tokens) {
  at::manual_seed(5 + _i);
  const std::int64_t count = 2 + _i;
  const auto tokens = at::randn({3, count, 4});
  const auto distance = squared_distance(tokens, tokens);
  const auto found = median_bandwidth(distance);
  for (std::int64_t sample = 0; sample < 3; ++sample) {
    std::vector<double> others;
    for (std::int64_t i = 0; i < count; ++i) {
      for (std::int64_t j = 0; j < count; ++j) {
        if (i != j) others.push_back(distance[sample][i][j].item<double>());
      }
    }
    std::ranges::sort(others);
    ck_assert_double_eq_tol(found[sample].item<double>(), others[(others.size() - 1) / 2], 1e-6);
  }
}
END_TEST

START_TEST(a_few_far_tokens_do_not_move_the_median) {
  at::manual_seed(6);
  auto tokens = at::randn({1, 20, 4});
  const auto bandwidths = [&] {
    const auto distance = squared_distance(tokens, tokens);
    return values_of(at::cat({median_bandwidth(distance), kernel_bandwidth(distance)}));
  };
  const auto before = bandwidths();
  tokens[0][3] += 1000.0;
  const auto after = bandwidths();
  ck_assert_double_lt(after[0], 2 * before[0]);
  ck_assert_double_gt(after[1], 100 * before[1]);
}
END_TEST

// Most tokens in one place: their median distance is nothing, and no kernel has such a width.
START_TEST(where_most_tokens_coincide_the_mean_takes_the_medians_place) {
  auto tokens = at::zeros({1, 10, 3});
  tokens[0][0] += 2.0;
  const auto distance = squared_distance(tokens, tokens);
  ck_assert(at::equal(median_bandwidth(distance), kernel_bandwidth(distance)));
  const auto alone = at::zeros({2, 1, 1});
  ck_assert(at::equal(median_bandwidth(alone), kernel_bandwidth(alone)));
}
END_TEST

START_TEST(kernels_are_as_wide_as_their_multiples_say) {
  at::manual_seed(7);
  const auto audio = at::randn({2, 4, 5}, at::kDouble);
  const auto image = at::randn({2, 6, 5}, at::kDouble);
  const std::vector<double> multiples = {0.05, 0.3};
  const auto found = maximum_mean_discrepancy(
      audio, image, {.has_median_bandwidth = true, .multiples = multiples});
  const auto tokens = at::cat({audio, image}, 1);
  const auto bandwidth = median_bandwidth(squared_distance(tokens, tokens));
  for (std::int64_t sample = 0; sample < 2; ++sample) {
    const auto mean_kernel = [&](const torch::Tensor& from, const torch::Tensor& to) {
      double sum = 0.0;
      for (std::int64_t i = 0; i < from.size(1); ++i) {
        for (std::int64_t j = 0; j < to.size(1); ++j) {
          const double squared = (from[sample][i] - to[sample][j]).square().sum().item<double>();
          for (const double multiple : multiples) {
            sum += std::exp(-squared / (multiple * bandwidth[sample].item<double>()));
          }
        }
      }
      return sum / static_cast<double>(from.size(1) * to.size(1));
    };
    const double expected =
        mean_kernel(audio, audio) - 2 * mean_kernel(audio, image) + mean_kernel(image, image);
    ck_assert_double_eq_tol(found[sample].item<double>(), expected, 1e-10);
  }
}
END_TEST

START_TEST(multiples_that_are_no_widths_are_refused) {
  for (const std::vector<double>& multiples :
       {std::vector<double>{}, {1.0, 0.0}, {-1.0}, {HUGE_VAL}}) {
    expect_one_line_with(error_message_of<std::invalid_argument>([&] {
                           make_alignment_loss("mmd", 4, {}, {.kernel = {.multiples = multiples}});
                         }),
                         "multiples must be one or more numbers above 0");
  }
}
END_TEST

Suite* kernel_distances_suite() {
  Suite* suite = suite_create("kernel distances");
  TCase* energies = tcase_create("energy");
  tcase_add_loop_test(energies, on_a_line_it_is_twice_cramers_distance, 0, 4);
  tcase_add_test(energies, of_two_gaussians_it_is_what_their_moments_say);
  tcase_add_test(energies, two_points_are_twice_their_distance_apart);
  tcase_add_test(energies, coinciding_tokens_draw_each_other_nowhere);
  suite_add_tcase(suite, energies);
  TCase* kernels = tcase_create("kernels");
  tcase_add_loop_test(kernels, the_median_is_that_of_different_tokens, 0, 4);
  tcase_add_test(kernels, a_few_far_tokens_do_not_move_the_median);
  tcase_add_test(kernels, where_most_tokens_coincide_the_mean_takes_the_medians_place);
  tcase_add_test(kernels, kernels_are_as_wide_as_their_multiples_say);
  tcase_add_test(kernels, multiples_that_are_no_widths_are_refused);
  suite_add_tcase(suite, kernels);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::kernel_distances_suite());
}
