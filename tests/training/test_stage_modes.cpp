// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/Functions.h>
#include <torch/csrc/autograd/autograd.h>

#include <memory>
#include <string>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "training/data/conversation.h"
#include "training/losses/alignment_loss.h"
#include "training/stages/alignment_gradients.h"

namespace dali {
namespace {

constexpr int kWidth = 8;

// One batch; what reaches `audio` stands for what would reach the tower.
struct Batch {
  std::shared_ptr<AlignmentLoss> loss = make_alignment_loss("attentive-ot", kWidth);
  torch::Tensor audio = at::randn({2, 4, kWidth}).set_requires_grad(true);
  torch::Tensor image = at::randn({2, 5, kWidth});

  void accumulate(AlignmentMode mode) {
    accumulate_alignment_gradients(loss->forward(audio, image), *loss, {audio}, mode);
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
  expect_one_line_with(
      error_message_of<std::invalid_argument>([] { training_prompt({}, "literal"); }), "'literal'");
}
END_TEST

Suite* stage_modes_suite() {
  Suite* suite = suite_create("stage modes");
  TCase* modes = tcase_create("modes");
  tcase_add_test(modes, on_paper_the_tower_follows_the_distance_alone);
  tcase_add_test(modes, in_compat_the_tower_follows_distance_and_regularised_loss);
  tcase_add_loop_test(modes, in_the_first_epoch_both_modes_train_the_tower_alone, 0, 2);
  tcase_add_test(modes, compat_trains_on_a_prompt_that_speaks_of_a_user);
  tcase_add_test(modes, a_mode_that_nobody_knows_is_refused);
  suite_add_tcase(suite, modes);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::stage_modes_suite());
}
