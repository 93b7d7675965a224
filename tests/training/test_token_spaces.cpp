// SPDX-License-Identifier: LGPL-2.1-or-later
// Distances between tokens where the decoder reads them, pair by pair, by every loss.
#include <ATen/Functions.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include <cmath>
#include <cstdint>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/formula_weights.h"
#include "tests/training/finite_differences.h"
#include "tests/training/tiny_clips.h"
#include "training/losses/attentive_transport.h"
#include "training/losses/squared_distance.h"
#include "training/stages/align_config.h"

namespace dali {
namespace {

constexpr int kWidth = 8;

// A projection that is no rotation.
torch::Tensor projected(const torch::Tensor& tokens) {
  const auto weight = formula_tensor({12, kWidth}).to(tokens.scalar_type());
  return at::gelu(at::matmul(tokens, weight.t()));
}

// One pair's, as the documentation writes it.
double brute_force_distance(const torch::Tensor& audio, const torch::Tensor& image) {
  const auto read = [](const torch::Tensor& token) {
    const auto p = projected(token);
    return p / (p.square().mean() + 1e-5).sqrt();
  };
  return (read(audio) - read(image)).square().mean().item<double>();
}

START_TEST(a_pairs_distance_is_what_the_formula_says) {
  at::manual_seed(1);
  const auto audio = 20 * at::randn({2, 3, kWidth}, at::kDouble);
  const auto image = 20 * at::randn({2, 4, kWidth}, at::kDouble);
  constexpr double kRawShare = 0.25;
  const auto placed = space_of_directions(projected, kRawShare)(audio, image);
  const auto found = squared_distance(placed.audio, placed.image);
  for (std::int64_t clip = 0; clip < 2; ++clip) {
    const auto read = at::empty({3, 4}, at::kDouble);
    const auto raw = at::empty({3, 4}, at::kDouble);
    for (std::int64_t i = 0; i < 3; ++i) {
      for (std::int64_t j = 0; j < 4; ++j) {
        read[i][j] = brute_force_distance(audio[clip][i], image[clip][j]);
        raw[i][j] = (audio[clip][i] - image[clip][j]).square().sum();
      }
    }
    const auto expected = read + kRawShare * read.mean() / raw.mean() * raw;
    ck_assert(at::allclose(found[clip], expected, 1e-9, 1e-12));
  }
}
END_TEST

// All that the norm does is in the share of the tokens as they are.
START_TEST(without_that_share_norms_do_not_matter) {
  at::manual_seed(2);
  const auto audio = 30 * at::randn({1, 3, kWidth}, at::kDouble);
  const auto image = 30 * at::randn({1, 4, kWidth}, at::kDouble);
  const auto same = [](const torch::Tensor& tokens) { return tokens; };
  const auto distance = [&](double raw_share, double scale) {
    const auto placed = space_of_directions(same, raw_share)(scale * audio, image);
    return squared_distance(placed.audio, placed.image);
  };
  ck_assert(at::allclose(distance(0.0, 1.0), distance(0.0, 3.0), 1e-6));
  ck_assert(!at::allclose(distance(0.1, 1.0), distance(0.1, 3.0), 1e-3));
}
END_TEST

constexpr const char* kLosses[] = {
    "mmd", "ot", "attentive-ot", "sinkhorn", "attentive-sinkhorn", "unbalanced-sinkhorn", "energy"};

// The same as of tokens that are there already.
START_TEST(every_loss_measures_there) {
  at::manual_seed(3);
  const auto audio = at::randn({2, 4, kWidth});
  const auto image = at::randn({2, 5, kWidth});
  const TokenSpace space = space_of_directions(projected, 0.1);
  const auto loss = make_alignment_loss(kLosses[_i], kWidth);
  const auto [sound, picture] = space(audio, image);
  const auto distance_there = [&](AlignmentLoss& of) {
    return of.validation_distance(audio, image).item<double>();
  };
  const double before = distance_there(*loss);
  const double expected = loss->validation_distance(sound, picture).item<double>();
  loss->measure_in(space);
  ck_assert_double_eq_tol(distance_there(*loss), expected, 1e-5 * std::abs(expected));
  ck_assert_double_gt(std::abs(before - expected), 1e-3 * std::abs(expected));
}
END_TEST

// The scorers look at the tokens themselves; what they weigh is measured there.
START_TEST(attention_looks_at_the_tokens_as_they_are) {
  at::manual_seed(4);
  const auto audio = at::randn({2, 4, kWidth});
  const auto image = at::randn({2, 5, kWidth});
  AttentiveTransport loss(kWidth);
  const auto before = loss.weights(audio, image);
  const double distance = loss.forward(audio, image).distance.item<double>();
  loss.measure_in(space_of_directions(projected, 0.1));
  ck_assert(at::equal(loss.weights(audio, image).audio, before.audio));
  ck_assert_double_gt(std::abs(loss.forward(audio, image).distance.item<double>() - distance),
                      1e-3);
}
END_TEST

// The share of the tokens as they are counts as a constant.
START_TEST(gradients_go_through_the_projection) {
  at::manual_seed(5);
  auto audio = at::randn({2, 3, kWidth}, at::kDouble).set_requires_grad(true);
  const auto image = at::randn({2, 4, kWidth}, at::kDouble);
  const auto loss = make_alignment_loss("energy", kWidth);
  loss->measure_in(space_of_directions(projected, 0.0));
  loss->forward(audio, image).distance.backward();
  const at::NoGradGuard no_gradients;
  const auto numeric = finite_differences(audio, [&](const torch::Tensor& moved) {
    return loss->forward(moved, image).distance.item<double>();
  });
  ck_assert_double_lt((audio.grad() - numeric).abs().max().item<double>(), 1e-6);
}
END_TEST

START_TEST(equal_tokens_and_none_to_speak_of_have_finite_gradients) {
  const auto same = [](const torch::Tensor& tokens) { return tokens; };
  for (const double value : {0.0, 1e-15, 3.0}) {
    auto audio = at::full({2, 3, kWidth}, value).set_requires_grad(true);
    const auto image = at::full({2, 4, kWidth}, value);
    for (const char* name : {"ot", "mmd", "energy", "unbalanced-sinkhorn"}) {
      const auto loss = make_alignment_loss(name, kWidth);
      loss->measure_in(space_of_directions(same, 0.1));
      const auto distance = loss->forward(audio, image).distance;
      ck_assert_double_eq_tol(distance.item<double>(), 0.0, 1e-5);
      ck_assert(torch::autograd::grad({distance}, {audio}).front().isfinite().all().item<bool>());
    }
  }
}
END_TEST

// What the keys of dali-align name, between the tokens of a model.
START_TEST(the_decoders_space_is_behind_the_models_projector) {
  CaptioningModel model = tiny_formula_model();
  for (auto& parameter : model->parameters()) parameter.set_requires_grad(false);
  const int width = model->config.audio_tower.output_width;
  const auto audio = formula_tensor({2, 3, width});
  const auto image = formula_tensor({2, 4, width}, 1.0, 5.0);
  const auto loss = alignment_loss({.loss = "ot", .space = "decoder", .raw_share = 0.0}, model);
  const auto [sound, picture] = loss->placed(audio, image);
  const auto read = model->projector->forward(audio);
  ck_assert(at::allclose(sound * std::sqrt(static_cast<double>(read.size(2))),
                         read / (read.square().mean(-1, true) + 1e-5).sqrt(), 1e-4, 1e-5));
}
END_TEST

START_TEST(keys_that_make_no_sense_are_refused) {
  const CaptioningModel model = tiny_formula_model();
  const auto refused = [&](const AlignConfig& config) {
    return error_message_of<std::invalid_argument>([&] { alignment_loss(config, model); });
  };
  expect_one_line_with(refused({.loss = "mmd", .space = "reading"}),
                       "space 'reading' is none of tokens, normalised, decoder");
  expect_one_line_with(refused({.loss = "mmd", .space = "decoder", .raw_share = -1.0}),
                       "raw_share must be 0 or more");
  expect_one_line_with(refused({.loss = "mmd", .kernel_bandwidth = "least"}),
                       "kernel_bandwidth 'least' is neither mean nor median");
  for (const char* multiples : {"", "1,", "1;2", "1, x", "0", "-1", "inf", "1 2"}) {
    expect_one_line_with(refused({.loss = "mmd", .kernel_multiples = multiples}),
                         "must be numbers above 0 with commas between them");
  }
  expect_one_line_with(refused({.loss = "contrastive", .space = "decoder"}),
                       "space must be tokens");
  expect_one_line_with(refused({.loss = "contrastive", .pairs = {.trim = 0.9}}),
                       "trim must be 1 and pairing given");
  expect_one_line_with(refused({.loss = "contrastive", .pairs = {.trim = 2.0}}),
                       "trim must be above 0 and at most 1");
}
END_TEST

Suite* token_spaces_suite() {
  Suite* suite = suite_create("token spaces");
  TCase* spaces = tcase_create("spaces");
  tcase_add_test(spaces, a_pairs_distance_is_what_the_formula_says);
  tcase_add_test(spaces, without_that_share_norms_do_not_matter);
  tcase_add_loop_test(spaces, every_loss_measures_there, 0, static_cast<int>(std::size(kLosses)));
  tcase_add_test(spaces, attention_looks_at_the_tokens_as_they_are);
  tcase_add_test(spaces, gradients_go_through_the_projection);
  tcase_add_test(spaces, equal_tokens_and_none_to_speak_of_have_finite_gradients);
  tcase_add_test(spaces, the_decoders_space_is_behind_the_models_projector);
  tcase_add_test(spaces, keys_that_make_no_sense_are_refused);
  suite_add_tcase(suite, spaces);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::token_spaces_suite());
}
