// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <vector>

#include "model/audio/audio_tower.h"
#include "model/audio/position_embedding.h"
#include "model/language/projector.h"
#include "model/vision/vision_tower.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/formula_weights.h"

namespace dali {
namespace {

// Sums of some hundred float32 products in another order.
constexpr double kRounding = 1e-5;

// 8 significant bits a step, over three blocks, on outputs of size 1.
constexpr double kBfloat16Rounding = 0.15;

AudioTower audio_tower() {
  AudioTower tower(AudioTowerConfig{.width = 24,
                                    .heads = 3,
                                    .layers = 2,
                                    .mlp_width = 32,
                                    .patch_size = 4,
                                    .output_width = 20},
                   SpectrogramConfig{.mel_bins = 8, .frames = 12});
  set_formula_weights(*tower);
  return tower;
}

VisionTower vision_tower() {
  VisionTower tower(VisionTowerConfig{.image_size_px = 12,
                                      .patch_size_px = 4,
                                      .width = 24,
                                      .heads = 3,
                                      .layers = 3,
                                      .feature_layers = 2,
                                      .mlp_width = 32});
  set_formula_weights(*tower);
  return tower;
}

const std::vector<int64_t> kSpectrograms = {3, 12, 8};
const std::vector<int64_t> kPixels = {3, 3, 12, 12};

template <typename Tower>
void expect_a_sample_equals_itself_in_a_batch(Tower tower, const torch::Tensor& samples) {
  const auto together = tower->forward(samples);
  for (int64_t sample = 0; sample < samples.size(0); ++sample) {
    const auto alone = tower->forward(samples.slice(0, sample, sample + 1));
    ck_assert_double_le(greatest_difference(alone[0], together[sample]), kRounding);
  }
}

template <typename Tower>
void expect_gradients_everywhere(Tower tower, const torch::Tensor& samples, int unused_weights) {
  const auto input = samples.clone().requires_grad_();
  const auto output = tower->forward(input);
  (output * formula_tensor(output.sizes(), 1.0, 9.0)).sum().backward();
  ck_assert(input.grad().defined());
  int without_gradient = 0;
  for (const auto& parameter : tower->named_parameters()) {
    if (!parameter.value().grad().defined()) ++without_gradient;
  }
  ck_assert_int_eq(without_gradient, unused_weights);
}

template <typename Tower>
void expect_bfloat16_is_close(Tower tower, const torch::Tensor& samples) {
  const auto exact = tower->forward(samples);
  tower->to(at::kBFloat16);
  const auto rounded = tower->forward(samples);
  ck_assert(rounded.scalar_type() == at::kBFloat16);
  const double greatest_magnitude = greatest_difference(exact, at::zeros_like(exact));
  ck_assert_double_le(greatest_difference(rounded, exact), kBfloat16Rounding * greatest_magnitude);
}

START_TEST(a_sample_does_not_depend_on_its_batch) {
  expect_a_sample_equals_itself_in_a_batch(audio_tower(), formula_tensor(kSpectrograms));
  expect_a_sample_equals_itself_in_a_batch(vision_tower(), formula_tensor(kPixels));
}
END_TEST

START_TEST(gradients_reach_the_input_and_every_weight_in_use) {
  expect_gradients_everywhere(audio_tower(), formula_tensor(kSpectrograms), 0);
  // The blocks after feature_layers are stored and not used: 12 weights each.
  expect_gradients_everywhere(vision_tower(), formula_tensor(kPixels), 12);
}
END_TEST

START_TEST(towers_run_in_bfloat16) {
  expect_bfloat16_is_close(audio_tower(), formula_tensor(kSpectrograms));
  expect_bfloat16_is_close(vision_tower(), formula_tensor(kPixels));
}
END_TEST

START_TEST(audio_tokens_run_over_time_first_and_then_over_frequency) {
  auto tower = audio_tower();
  const auto silence = at::zeros({1, 12, 8});
  auto sound = silence.clone();
  sound[0][9][2] = 1.0;  // time patch 2 of 3, frequency patch 0 of 2
  const auto change = (tower->embed(sound) - tower->embed(silence)).abs().sum(-1)[0];
  ck_assert_int_eq(change.size(0), 6);
  for (int64_t token = 0; token < 6; ++token) {
    ck_assert_int_eq(change[token].item<double>() > 0, token == 2);
  }
}
END_TEST

START_TEST(vision_features_are_a_hidden_state_without_its_class_token) {
  auto tower = vision_tower();
  const auto pixels = formula_tensor(kPixels);
  const auto states = tower->hidden_states(pixels, 3);
  ck_assert_uint_eq(states.size(), 4);
  ck_assert_double_eq(greatest_difference(tower->forward(pixels), states[2].slice(1, 1)), 0.0);
}
END_TEST

START_TEST(an_input_of_another_size_is_an_error_that_shows_it) {
  ck_assert(contains(error_message_of<c10::Error>([] {
                       audio_tower()->forward(formula_tensor({1, 8, 12}));
                     }),
                     "[1, 8, 12]"));
  ck_assert(contains(error_message_of<c10::Error>([] {
                       vision_tower()->forward(formula_tensor({1, 3, 12, 8}));
                     }),
                     "[1, 3, 12, 8]"));
}
END_TEST

START_TEST(the_position_embedding_tells_all_tokens_apart) {
  const auto embedding = sincos_position_embedding(16, 3, 5);
  ck_assert_int_eq(embedding.size(0), 15);
  for (int64_t token = 0; token < 15; ++token) {
    const auto distance = (embedding - embedding[token]).abs().sum(1);
    ck_assert_int_eq((distance == 0).sum().item<int64_t>(), 1);
  }
}
END_TEST

START_TEST(the_projector_takes_tokens_of_any_dtype) {
  Projector projector(ProjectorConfig{.input_width = 6, .output_width = 10});
  set_formula_weights(*projector);
  const auto tokens = formula_tensor({2, 4, 6}).to(at::kBFloat16);
  const auto exact = projector(tokens.to(at::kFloat));
  ck_assert_double_eq(greatest_difference(projector(tokens), exact), 0.0);
}
END_TEST

Suite* towers_suite() {
  Suite* suite = suite_create("towers");
  TCase* tests = tcase_create("towers");
  tcase_add_test(tests, a_sample_does_not_depend_on_its_batch);
  tcase_add_test(tests, gradients_reach_the_input_and_every_weight_in_use);
  tcase_add_test(tests, towers_run_in_bfloat16);
  tcase_add_test(tests, audio_tokens_run_over_time_first_and_then_over_frequency);
  tcase_add_test(tests, vision_features_are_a_hidden_state_without_its_class_token);
  tcase_add_test(tests, an_input_of_another_size_is_an_error_that_shows_it);
  tcase_add_test(tests, the_position_embedding_tells_all_tokens_apart);
  tcase_add_test(tests, the_projector_takes_tokens_of_any_dtype);
  suite_add_tcase(suite, tests);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::towers_suite());
}
