// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/Functions.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include <cmath>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/training/finite_differences.h"
#include "training/losses/alignment_loss.h"
#include "training/losses/attentive_transport.h"
#include "training/losses/maximum_mean_discrepancy.h"

namespace dali {
namespace {

constexpr const char* kNames[] = {"mmd",          "ot",
                                  "attentive-ot", "contrastive",
                                  "energy",       "unbalanced-sinkhorn",
                                  "sinkhorn",     "attentive-sinkhorn"};
constexpr int kExactLosses = 5;  // the first so many have gradients without approximation
constexpr int kLosses = static_cast<int>(std::size(kNames));
constexpr int kWidth = 8;  // that eight heads divide

torch::Tensor random_tokens(std::int64_t batch, std::int64_t tokens) {
  return at::randn({batch, tokens, kWidth}, at::kDouble);
}

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

START_TEST(gradients_agree_with_finite_differences) {
  at::manual_seed(7);
  const auto loss = make_alignment_loss(kNames[_i], kWidth);
  loss->to(at::kDouble);
  loss->begin_epoch(6);
  auto audio = random_tokens(2, 4).set_requires_grad(true);
  auto image = random_tokens(2, 5).set_requires_grad(true);
  loss->forward(audio, image).distance.backward();
  const at::NoGradGuard no_gradients;
  // The bandwidth of MMD counts as a constant, which only a version of its own can hold still.
  const auto bandwidth = mean_squared_distance(at::cat({audio, image}, 1));
  const auto distance = [&](const torch::Tensor& sound, const torch::Tensor& picture) {
    return std::string_view(kNames[_i]) == "mmd"
               ? brute_force_mmd(sound, picture, bandwidth)
               : loss->forward(sound, picture).distance.item<double>();
  };
  const auto of_audio =
      finite_differences(audio, [&](const torch::Tensor& moved) { return distance(moved, image); });
  const auto of_image =
      finite_differences(image, [&](const torch::Tensor& moved) { return distance(audio, moved); });
  ck_assert_double_lt((audio.grad() - of_audio).abs().max().item<double>(), 1e-5);
  ck_assert_double_lt((image.grad() - of_image).abs().max().item<double>(), 1e-5);
}
END_TEST

// The scorers' weights, through distance and entropy, whose weight is of either kind.
START_TEST(own_parameters_have_the_gradients_of_finite_differences) {
  at::manual_seed(8);
  const auto loss = make_alignment_loss("attentive-ot", kWidth, {.is_scale_free = _i == 1});
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

// [batch]: over all pairs of a sound's token and a picture's.
std::vector<double> mean_cost(const torch::Tensor& audio, const torch::Tensor& image) {
  std::vector<double> means;
  for (std::int64_t sample = 0; sample < audio.size(0); ++sample) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < audio.size(1); ++i) {
      for (std::int64_t j = 0; j < image.size(1); ++j) {
        sum += squared_distance_between(audio[sample][i], image[sample][j]);
      }
    }
    means.push_back(sum / static_cast<double>(audio.size(1) * image.size(1)));
  }
  return means;
}

// Each clip's entropy from the weights, times its mean distance pair by pair.
START_TEST(a_lambda_free_of_scale_is_a_share_of_each_clips_mean_cost) {
  at::manual_seed(9);
  const auto audio = random_tokens(2, 4) * at::tensor({1.0, 3.0}).view({2, 1, 1});
  const auto image = random_tokens(2, 5);
  AttentiveTransport loss(kWidth, transport_cost, {.last = 0.25, .is_scale_free = true});
  loss.to(at::kDouble);
  loss.begin_epoch(4);
  const auto weights = loss.weights(audio, image);
  const auto entropy = [](const torch::Tensor& weight) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < weight.size(0); ++i) {
      const double share = weight[i].item<double>();
      sum -= share * std::log(share);
    }
    return sum;
  };
  const auto costs = mean_cost(audio, image);
  double bonus = 0.0;
  for (std::int64_t sample = 0; sample < 2; ++sample) {
    bonus += (entropy(weights.audio[sample]) + entropy(weights.image[sample])) *
             costs[static_cast<std::size_t>(sample)] / 2;
  }
  const auto terms = loss.forward(audio, image);
  ck_assert_double_eq_tol(terms.entropy_weight, 0.75, 1e-12);  // three times the last, in epoch 4
  ck_assert_double_eq_tol(terms.regularised().item<double>(),
                          terms.distance.item<double>() - 0.75 * bonus, 1e-9);
}
END_TEST

// With weights that do not move, tokens c times as long make all of the loss c^2 times as large,
// and so its gradients: the same compromise between distance and entropy. A lambda in the cost's
// unit makes another one.
START_TEST(a_lambda_free_of_scale_means_the_same_at_every_scale) {
  at::manual_seed(10);
  constexpr double kScale = 30.0;
  const auto audio = random_tokens(2, 4);
  const auto image = random_tokens(2, 5);
  for (const bool is_scale_free : {true, false}) {
    AttentiveTransport loss(kWidth, transport_cost, {.is_scale_free = is_scale_free});
    loss.to(at::kDouble);
    loss.begin_epoch(6);
    {
      // The scorers see the tokens too: without them the weights are uniform.
      const at::NoGradGuard no_gradients;
      for (auto& parameter : loss.parameters()) parameter.zero_();
    }
    const double once = loss.forward(audio, image).regularised().item<double>();
    const double scaled = loss.forward(kScale * audio, kScale * image).regularised().item<double>();
    const double ratio = scaled / (kScale * kScale * once);
    ck_assert_msg((std::abs(ratio - 1.0) < 1e-9) == is_scale_free, "%g", ratio);
  }
}
END_TEST

// The mean cost counts as a constant: tokens gain nothing from being far apart. Weights that do not
// move leave the distance alone to follow.
START_TEST(no_gradient_reaches_the_tokens_through_a_lambda_free_of_scale) {
  at::manual_seed(12);
  AttentiveTransport loss(kWidth, transport_cost, {.is_scale_free = true});
  loss.to(at::kDouble);
  loss.begin_epoch(6);
  {
    const at::NoGradGuard no_gradients;
    for (auto& parameter : loss.parameters()) parameter.zero_();
  }
  auto audio = random_tokens(2, 4).set_requires_grad(true);
  const auto image = random_tokens(2, 5);
  const auto terms = loss.forward(audio, image);
  const auto of = [&](const torch::Tensor& value) {
    return torch::autograd::grad({value}, {audio}, {}, /*retain_graph=*/true).front();
  };
  ck_assert_double_gt(terms.scaled_entropy.item<double>(), 1.0);
  ck_assert(at::allclose(of(terms.regularised()), of(terms.distance), 1e-9, 1e-12));
}
END_TEST

START_TEST(a_lambda_that_is_no_weight_is_refused) {
  for (const double lambda : {-1.0, std::nan(""), HUGE_VAL}) {
    expect_one_line_with(error_message_of<std::invalid_argument>([&] {
                           make_alignment_loss("attentive-ot", kWidth, {.last = lambda});
                         }),
                         "lambda must be 0 or more");
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

// No pair of clips can be told from another then, which costs a contrastive loss log(2); the others
// find nothing to move.
START_TEST(equal_tokens_cost_nothing_and_their_gradients_are_finite) {
  const auto loss = make_alignment_loss(kNames[_i], kWidth);
  loss->begin_epoch(6);
  const double expected = std::string_view(kNames[_i]) == "contrastive" ? std::log(2.0) : 0.0;
  for (const double value : {0.0, 1.0}) {
    for (const std::int64_t tokens : {1, 3}) {
      auto audio = at::full({2, tokens, kWidth}, value).set_requires_grad(true);
      auto image = at::full({2, tokens + 1, kWidth}, value).set_requires_grad(true);
      const auto terms = loss->forward(audio, image);
      ck_assert_double_eq_tol(terms.distance.item<double>(), expected, 1e-6);
      (terms.entropy.defined() ? terms.regularised() : terms.distance).backward();
      ck_assert(audio.grad().isfinite().all().item<bool>());
      ck_assert(image.grad().isfinite().all().item<bool>());
      for (const auto& parameter : loss->parameters()) {
        ck_assert(parameter.grad().isfinite().all().item<bool>());
      }
    }
  }
}
END_TEST

// All of the one token's weight goes to every other token as that weighs.
START_TEST(one_token_costs_its_mean_distance_to_the_others) {
  at::manual_seed(11);
  const auto one = random_tokens(3, 1);
  const auto others = random_tokens(3, 4);
  const double expected = (one - others).square().sum(2).mean().item<double>();
  for (const char* name : {"ot", "sinkhorn"}) {
    const auto loss = make_alignment_loss(name, kWidth);
    ck_assert_double_eq_tol(loss->forward(one, others).distance.item<double>(), expected, 1e-5);
    ck_assert_double_eq_tol(loss->forward(others, one).distance.item<double>(), expected, 1e-5);
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
  TCase* losses = tcase_create("losses");
  tcase_add_test(losses, mmd_is_what_its_formula_says_pair_by_pair);
  tcase_add_loop_test(losses, gradients_agree_with_finite_differences, 0, kExactLosses);
  tcase_add_loop_test(losses, own_parameters_have_the_gradients_of_finite_differences, 0, 2);
  tcase_add_test(losses, a_lambda_free_of_scale_is_a_share_of_each_clips_mean_cost);
  tcase_add_test(losses, a_lambda_free_of_scale_means_the_same_at_every_scale);
  tcase_add_test(losses, no_gradient_reaches_the_tokens_through_a_lambda_free_of_scale);
  tcase_add_test(losses, a_lambda_that_is_no_weight_is_refused);
  tcase_add_test(losses, equal_tokens_are_at_distance_nothing);
  tcase_add_loop_test(losses, equal_tokens_cost_nothing_and_their_gradients_are_finite, 0, kLosses);
  tcase_add_test(losses, one_token_costs_its_mean_distance_to_the_others);
  tcase_add_test(losses, an_unknown_loss_is_refused_with_the_nearest_name);
  suite_add_tcase(suite, losses);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::losses_suite());
}
