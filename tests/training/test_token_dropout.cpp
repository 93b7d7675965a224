// SPDX-License-Identifier: LGPL-2.1-or-later
// Captioners that are trained on some of a picture's tokens: how many, which, and that the decoder
// reads these and no others.
#include <ATen/Functions.h>
#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "model/vision/image_transform.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/tiny_tokenizer.h"
#include "tests/training/tiny_clips.h"
#include "toyworld/drawing.h"
#include "toyworld/questions.h"
#include "training/data/conversation.h"
#include "training/stages/caption_loss.h"
#include "training/stages/pretrain_stage.h"
#include "training/stages/token_dropout.h"

namespace dali {
namespace {

START_TEST(as_many_tokens_stay_as_the_share_says_and_one_at_least) {
  struct Row {
    std::int64_t count;
    double dropout;
    std::int64_t shown;
  };
  const Row rows[] = {{49, 0.6, 20},  {576, 0.75, 144}, {5, 0.0, 5}, {4, 0.5, 2},
                      {147, 0.6, 59}, {4, 0.99, 1},     {1, 0.9, 1}};
  Random random(3);
  for (const auto& [count, dropout, shown] : rows) {
    const auto tokens = draw_shown_tokens(count, dropout, random);
    ck_assert_int_eq(std::ssize(tokens), shown);
    ck_assert_int_eq(shown_token_count(count, dropout), shown);
    ck_assert(std::ranges::is_sorted(tokens));
    ck_assert_uint_eq(std::set(tokens.begin(), tokens.end()).size(), tokens.size());
    ck_assert(tokens.front() >= 0 && tokens.back() < count);
  }
}
END_TEST

// How often each token and each pair of tokens is shown, against the hypergeometric distribution:
// k / n and k (k - 1) / (n (n - 1)), within six deviations.
START_TEST(every_choice_of_tokens_is_as_likely_as_any_other) {
  constexpr int kTokens = 10;
  constexpr int kShown = 4;
  constexpr int kDraws = 20000;
  std::array<std::array<int, kTokens>, kTokens> together = {};
  Random random(5);
  for (int draw = 0; draw < kDraws; ++draw) {
    const auto shown = draw_shown_tokens(kTokens, 0.6, random);
    for (const auto one : shown) {
      for (const auto other : shown) ++together.at(one).at(other);
    }
  }
  for (int one = 0; one < kTokens; ++one) {
    for (int other = 0; other < kTokens; ++other) {
      const double alone = 1.0 * kShown / kTokens;
      const double chance = one == other ? alone : alone * (kShown - 1) / (kTokens - 1);
      const double deviation = std::sqrt(chance * (1 - chance) * kDraws);
      ck_assert_double_eq_tol(together.at(one).at(other), chance * kDraws, 6 * deviation);
    }
  }
}
END_TEST

// The stage's first scene with one question, and the projected tokens of one frame of it.
struct ShownScene {
  TrainingExample example;
  torch::Tensor tokens;  // [4, width]
};

ShownScene first_scene(CaptioningModel& model, const Tokenizer& tokenizer) {
  Random random(PretrainConfig().world_seed, 0);
  random.chance(0.0);  // whether it is a text
  const Scene scene = make_scene(PretrainConfig().world_seed, 0, {.split = Split::kTrain});
  auto turns = questions_about(scene, random);
  std::swap(turns.front(), turns[random.between(0, static_cast<int>(turns.size()) - 1)]);
  turns.resize(1);
  const RgbImage frame = render_frame(scene, random.uniform(0.0, kSceneSeconds));
  const auto pixels = image_to_pixels(frame.view(), model->config.vision_tower).unsqueeze(0);
  return {.example = conversation_example(tokenizer, model->config.prompt, turns),
          .tokens = model->projector->forward(model->image_tokens(pixels))[0]};
}

double loss_with(CaptioningModel& model, const ShownScene& scene, const torch::Tensor& tokens) {
  return loss_of_captions(model, {&scene.example, 1}, {&tokens, 1}).mean.item<double>();
}

double loss_at(PretrainStage& stage, std::int64_t step) {
  const std::int64_t example = 0;
  stage.begin_epoch(1);
  stage.begin_step(step);
  return stage.accumulate_gradients({&example, 1}).means.at("loss");
}

// Half of four tokens are two: the loss is that of one of six pairs, in each step of another. Steps
// that show more than one frame are told by the loss of the stage that drops nothing.
START_TEST(the_decoder_reads_other_tokens_in_every_step) {
  const TemporaryDirectory folder;
  write_tiny_tokenizer(folder / "tokenizer.model");
  const Tokenizer tokenizer(folder / "tokenizer.model");
  CaptioningModel model = tiny_formula_model();
  const PretrainConfig all = {.scenes = 4, .turns = 1, .text_share = 0.0};
  PretrainConfig half = all;
  half.token_dropout = 0.5;
  PretrainStage shows_all(model, tokenizer, all);
  PretrainStage shows_half(model, tokenizer, half);
  shows_half.parameter_groups();

  const ShownScene scene = first_scene(model, tokenizer);
  ck_assert_int_eq(scene.tokens.size(0), 4);
  std::vector<double> losses;
  for (std::int64_t one = 0; one < 4; ++one) {
    for (std::int64_t other = one + 1; other < 4; ++other) {
      const auto pair = scene.tokens.index_select(0, at::tensor({one, other}));
      losses.push_back(loss_with(model, scene, pair));
    }
  }
  constexpr double kRounding = 2e-6;
  auto sorted = losses;
  std::ranges::sort(sorted);
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    ck_assert_double_gt(sorted[i] - sorted[i - 1], 2 * kRounding);
  }
  const double of_all = loss_with(model, scene, scene.tokens);
  std::set<std::size_t> seen;
  int steps_of_one_frame = 0;
  for (std::int64_t step = 0; step < 60; ++step) {
    if (std::abs(loss_at(shows_all, step) - of_all) > kRounding) continue;
    ++steps_of_one_frame;
    const double found = loss_at(shows_half, step);
    const auto pair = std::ranges::find_if(
        losses, [&](double loss) { return std::abs(loss - found) <= kRounding; });
    ck_assert_msg(pair != losses.end(), "step %d: a loss of no pair", static_cast<int>(step));
    seen.insert(static_cast<std::size_t>(pair - losses.begin()));
    ck_assert_double_eq(loss_at(shows_half, step), found);
  }
  ck_assert_int_gt(steps_of_one_frame, 20);
  ck_assert_uint_eq(seen.size(), losses.size());
  ck_assert_double_eq(shows_half.validate().at("loss"), shows_all.validate().at("loss"));
}
END_TEST

START_TEST(a_share_that_is_none_is_refused) {
  const double shares[] = {-0.01, 1.0, 7.0, NAN};
  PretrainConfig config;
  config.token_dropout = shares[_i];
  expect_one_line_with(error_message_of<std::invalid_argument>([&] { validate(config); }),
                       "token_dropout must be 0 or more and below 1");
}
END_TEST

Suite* token_dropout_suite() {
  Suite* suite = suite_create("token dropout");
  TCase* draws = tcase_create("draws");
  tcase_add_test(draws, as_many_tokens_stay_as_the_share_says_and_one_at_least);
  tcase_add_test(draws, every_choice_of_tokens_is_as_likely_as_any_other);
  suite_add_tcase(suite, draws);
  TCase* stage = tcase_create("stage");
  tcase_add_test(stage, the_decoder_reads_other_tokens_in_every_step);
  tcase_add_loop_test(stage, a_share_that_is_none_is_refused, 0, 4);
  suite_add_tcase(suite, stage);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::token_dropout_suite());
}
