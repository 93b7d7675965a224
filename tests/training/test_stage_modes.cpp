// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/Functions.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "training/data/conversation.h"
#include "training/loop/loop_config.h"
#include "training/losses/alignment_loss.h"
#include "training/stages/alignment_gradients.h"
#include "training/stages/prefix_stage.h"
#include "training/stages/pretrain_stage.h"

namespace dali {
namespace {

constexpr int kWidth = 8;

// One batch; what reaches `audio` stands for what would reach the tower.
struct Batch {
  std::shared_ptr<AlignmentLoss> loss = make_alignment_loss("attentive-ot", kWidth);
  torch::Tensor audio = at::randn({2, 4, kWidth}).set_requires_grad(true);
  torch::Tensor image = at::randn({2, 5, kWidth});

  void accumulate(AlignmentMode mode) { accumulate("auto", mode); }
  void accumulate(const char* objective, AlignmentMode mode = AlignmentMode::kPaper) {
    accumulate_alignment_gradients(loss->forward(audio, image), *loss, {audio},
                                   parse_alignment_objective(objective, mode));
  }
  // The entropy's part in the tower's gradient is a ten-thousandth where weights are nearly
  // uniform.
  void become_precise() {
    loss->to(at::kDouble);
    audio = audio.detach().to(at::kDouble).set_requires_grad(true);
    image = image.to(at::kDouble);
  }
  torch::Tensor gradient_of(const torch::Tensor& value) {
    return torch::autograd::grad({value}, {audio}, {}, /*retain_graph=*/true).front();
  }
};

START_TEST(on_paper_the_tower_follows_the_distance_alone) {
  at::manual_seed(1);
  Batch batch;
  batch.loss->begin_epoch(6);
  const auto wanted = batch.gradient_of(batch.loss->forward(batch.audio, batch.image).distance);
  batch.accumulate(AlignmentMode::kPaper);
  ck_assert(at::allclose(batch.audio.grad(), wanted, 1e-5, 1e-7));
}
END_TEST

START_TEST(in_compat_the_tower_follows_distance_and_regularised_loss) {
  at::manual_seed(1);
  Batch batch;
  batch.loss->begin_epoch(6);
  const auto terms = batch.loss->forward(batch.audio, batch.image);
  const auto distance = batch.gradient_of(terms.distance);
  const auto regularised = batch.gradient_of(terms.regularised());
  ck_assert(!at::allclose(distance, regularised, 1e-5, 1e-7));
  batch.accumulate(AlignmentMode::kCompat);
  ck_assert(at::allclose(batch.audio.grad(), distance + regularised, 1e-5, 1e-7));
}
END_TEST

struct ObjectiveRow {
  const char* name;
  double distances;    // how often the tower follows OT
  double regularised;  // and OT - lambda H
};
constexpr ObjectiveRow kObjectives[] = {{"distance", 1, 0}, {"eq6", 0, 1}, {"authors", 1, 1}};

// The scorers follow the regularised loss in all of them. In the mode, which has an objective of
// its own, the one that is named counts.
START_TEST(an_objective_is_followed_by_its_name) {
  at::manual_seed(1);
  const ObjectiveRow& row = kObjectives[_i];
  Batch batch;
  batch.become_precise();
  batch.loss->begin_epoch(3);
  const auto terms = batch.loss->forward(batch.audio, batch.image);
  const auto wanted = row.distances * batch.gradient_of(terms.distance) +
                      row.regularised * batch.gradient_of(terms.regularised());
  const auto scorers = batch.loss->parameters();
  const auto of_scorers = torch::autograd::grad({terms.regularised()}, scorers);
  for (const auto mode : {AlignmentMode::kPaper, AlignmentMode::kCompat}) {
    batch.audio.mutable_grad() = torch::Tensor();
    batch.loss->zero_grad();
    batch.accumulate(row.name, mode);
    ck_assert(at::allclose(batch.audio.grad(), wanted, 1e-9, 1e-12));
    for (std::size_t i = 0; i < scorers.size(); ++i) {
      ck_assert(at::allclose(scorers[i].grad(), of_scorers[i], 1e-9, 1e-12));
    }
  }
}
END_TEST

START_TEST(the_objectives_differ) {
  at::manual_seed(1);
  std::vector<torch::Tensor> gradients;
  Batch batch;
  batch.become_precise();
  batch.loss->begin_epoch(6);
  for (const ObjectiveRow& row : kObjectives) {
    batch.audio.mutable_grad() = torch::Tensor();
    batch.accumulate(row.name);
    gradients.push_back(batch.audio.grad().clone());
  }
  for (const auto& [one, other] : {std::pair(0, 1), std::pair(0, 2), std::pair(1, 2)}) {
    ck_assert(!at::allclose(gradients[static_cast<std::size_t>(one)],
                            gradients[static_cast<std::size_t>(other)], 1e-6, 1e-10));
  }
}
END_TEST

START_TEST(in_the_first_epoch_both_modes_train_the_tower_alone) {
  at::manual_seed(1);
  Batch batch;
  batch.loss->begin_epoch(1);
  const auto wanted = batch.gradient_of(batch.loss->forward(batch.audio, batch.image).distance);
  batch.accumulate(_i == 0 ? AlignmentMode::kPaper : AlignmentMode::kCompat);
  ck_assert(at::allclose(batch.audio.grad(), wanted, 1e-5, 1e-7));
  for (const auto& parameter : batch.loss->parameters()) ck_assert(!parameter.grad().defined());
}
END_TEST

START_TEST(compat_trains_on_a_prompt_that_speaks_of_a_user) {
  const PromptConfig own;
  ck_assert(training_prompt(own, "paper").conversation == own.conversation);
  const std::string trained = training_prompt(own, "compat").conversation;
  ck_assert(trained.starts_with("A chat between a curious user and"));
  ck_assert(trained.find("the user's questions. USER: <image>\n{question}") != std::string::npos);
  ck_assert(trained.find("human") == std::string::npos);
}
END_TEST

START_TEST(a_mode_that_nobody_knows_is_refused) {
  expect_one_line_with(
      error_message_of<std::invalid_argument>([] { parse_alignment_mode("literal"); }),
      "'literal'");
  expect_one_line_with(error_message_of<std::invalid_argument>(
                           [] { parse_alignment_objective("eq7", AlignmentMode::kPaper); }),
                       "'eq7' is none of auto, distance, eq6, authors");
  expect_one_line_with(
      error_message_of<std::invalid_argument>([] { training_prompt({}, "literal"); }), "'literal'");
}
END_TEST

// As such they end in nothing learned, or in an error of the library's that names no key.
START_TEST(keys_out_of_their_range_are_named) {
  const auto refused = [](const auto& config) {
    return error_message_of<std::invalid_argument>([&] { validate(config); });
  };
  expect_one_line_with(refused(PrefixConfig{.prefix_tokens = 0}), "prefix_tokens must be at least");
  expect_one_line_with(refused(PrefixConfig{.pairs = 0}), "pairs must be at least 1");
  expect_one_line_with(refused(PrefixConfig{.validation_pairs = -1}), "validation_pairs must be 0");
  expect_one_line_with(refused(PrefixConfig{.initial_deviation = -1.0}), "initial_deviation must");
  expect_one_line_with(refused(PretrainConfig{.scenes = 0}), "scenes must be at least 1");
  expect_one_line_with(refused(PretrainConfig{.turns = 0}), "turns must be at least 1");
  expect_one_line_with(refused(PretrainConfig{.validation_scenes = -1}), "validation_scenes must");
  for (const double share : {-0.1, 1.0, std::nan("")}) {
    expect_one_line_with(refused(PretrainConfig{.text_share = share}),
                         "text_share must be 0 or more and below 1");
  }
  for (const double share : {-0.1, 1.1, std::nan("")}) {
    expect_one_line_with(refused(LoopConfig{.warmup_ratio = share}), "warmup_ratio is ");
  }
  expect_one_line_with(refused(LoopConfig{.clip_norm = -1.0}), "clip_norm is -1, but must be at");
  expect_one_line_with(refused(LoopConfig{.max_steps = -1}), "max_steps is -1, but must be at");
  expect_one_line_with(refused(LoopConfig{.keep_checkpoints = 0}), "keep_checkpoints is 0, but");
  validate(PrefixConfig{});
  validate(PretrainConfig{});
  validate(LoopConfig{.warmup_ratio = 1.0});
}
END_TEST

Suite* stage_modes_suite() {
  Suite* suite = suite_create("stage modes");
  TCase* modes = tcase_create("modes");
  tcase_add_test(modes, on_paper_the_tower_follows_the_distance_alone);
  tcase_add_test(modes, in_compat_the_tower_follows_distance_and_regularised_loss);
  tcase_add_loop_test(modes, an_objective_is_followed_by_its_name, 0,
                      static_cast<int>(std::size(kObjectives)));
  tcase_add_test(modes, the_objectives_differ);
  tcase_add_loop_test(modes, in_the_first_epoch_both_modes_train_the_tower_alone, 0, 2);
  tcase_add_test(modes, compat_trains_on_a_prompt_that_speaks_of_a_user);
  tcase_add_test(modes, a_mode_that_nobody_knows_is_refused);
  tcase_add_test(modes, keys_out_of_their_range_are_named);
  suite_add_tcase(suite, modes);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::stage_modes_suite());
}
