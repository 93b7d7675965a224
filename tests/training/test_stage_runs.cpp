// SPDX-License-Identifier: LGPL-2.1-or-later
// Every stage in the training loop, on a model of a few thousand weights: validated, stopped,
// shared by two processes and made to learn.
#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/training/logged_figures.h"
#include "tests/training/tiny_stages.h"
#include "tests/training/two_processes.h"
#include "training/loop/checkpoint.h"
#include "training/loop/example_order.h"
#include "training/loop/prepare_training.h"
#include "training/loop/training_loop.h"

namespace dali {
namespace {

constexpr int kValidatedStages = 9;   // the first so many
constexpr int kFirstTrainingAll = 7;  // from here on nothing that they compute with is frozen

// Eight steps: prefix, pretrain and vision have one an epoch, and so have six clips.
const LoopConfig kConfig = {.epochs = 8,
                            .batch_size = 4,
                            .schedule = "constant",
                            .checkpoint_interval_s = 0.0,
                            .peer_timeout_s = 30.0};

void train_stage(const char* name, const LoopConfig& config, const std::filesystem::path& out,
                 double rate = 1e-3) {
  const auto processes = prepare_training(config);
  TinyStage stage(name, rate);
  train(*stage, config, out, *processes);
}

START_TEST(validation_is_logged_after_every_epoch) {
  const char* name = kStages[_i];
  const TemporaryDirectory out;
  train_stage(name, kConfig, out.path());
  const auto figures = logged(out.path(), "validation", is_alignment(name) ? "distance" : "loss");
  ck_assert_uint_eq(figures.size(), 8);
  for (const double figure : figures) ck_assert(std::isfinite(figure) && figure > 0.0);
  ck_assert_double_ne(figures.front(), figures.back());
}
END_TEST

// What every step of a run spent on this part, in seconds.
std::vector<double> seconds_spent_on(const std::string& part, const std::filesystem::path& out) {
  std::vector<double> seconds;
  std::ifstream log(out / "metrics.jsonl");
  for (std::string line; std::getline(log, line);) {
    const auto record = nlohmann::json::parse(line);
    if (record.at("kind") == "step") seconds.push_back(record.at("seconds").at(part));
  }
  return seconds;
}

// Each stage's own parts of a step; what a process alone exchanges takes no time.
START_TEST(a_stage_says_what_its_steps_spend_their_time_on) {
  const std::string name = kStages[_i];
  const TemporaryDirectory out;
  const auto processes = prepare_training(kConfig);
  TinyStage stage(name);
  train(*stage, {.epochs = 1, .batch_size = 2}, out.path(), *processes);
  std::vector<std::string> parts = {"loss", "backward", "update"};
  if (is_alignment(name)) parts.insert(parts.end(), {"data", "towers"});
  if (name == "align" || name == "paired") parts.push_back("transport");
  if (name == "pretrain" || name == "few-tokens" || name == "vision")
    parts.insert(parts.end(), {"data", "towers"});
  for (const std::string& part : parts) {
    const auto seconds = seconds_spent_on(part, out.path());
    ck_assert_uint_gt(seconds.size(), 0);
    ck_assert_msg(std::ranges::all_of(seconds, [](double spent) { return spent > 0.0; }),
                  "%s: no time for %s", name.c_str(), part.c_str());
  }
  for (const double spent : seconds_spent_on("exchange", out.path())) {
    ck_assert_double_eq(spent, 0.0);
  }
}
END_TEST

START_TEST(a_loss_that_is_not_finite_names_the_batchs_examples) {
  const TemporaryDirectory out;
  TinyStage stage(kStages[_i]);
  {
    const c10::NoGradGuard no_gradients;
    for (auto& parameter : stage.model->parameters()) parameter.fill_(NAN);
  }
  expect_one_line_with(
      error_message_of<std::runtime_error>([&] { train(*stage, kConfig, out.path()); }),
      "step 1: the loss or its gradient is not finite");

  std::ifstream record(out / "not_finite.json");
  const auto named = nlohmann::json::parse(record).at("examples").get<std::vector<std::string>>();
  std::vector<std::string> expected;
  ExampleOrder order(stage->example_count(), kConfig.batch_size, kConfig.seed,
                     stage->length_groups());
  for (const auto example : order.batch(0)) expected.push_back(stage->example_name(example));
  ck_assert(named == expected);
  const bool is_of_clips = stage->example_name(0).starts_with("clip");
  ck_assert(is_of_clips || stage->example_name(0).starts_with("scene "));
  ck_assert(!std::filesystem::exists(out / "checkpoints"));
}
END_TEST

std::string weights_after(int steps, const std::filesystem::path& out) {
  const CheckpointFolder folder(checkpoint_folder(out), 1);
  std::ifstream stream(folder.path_of(steps) / "weights.safetensors", std::ios::binary);
  ck_assert(static_cast<bool>(stream));
  return {std::istreambuf_iterator<char>(stream), {}};
}

START_TEST(a_run_in_two_parts_ends_with_the_weights_of_one) {
  const TemporaryDirectory straight;
  train_stage(kStages[_i], kConfig, straight.path());
  const TemporaryDirectory parted;
  LoopConfig first_part = kConfig;
  first_part.max_steps = 3;
  train_stage(kStages[_i], first_part, parted.path());
  ck_assert(weights_after(3, parted.path()) != weights_after(8, straight.path()));
  train_stage(kStages[_i], kConfig, parted.path());
  ck_assert(weights_after(8, parted.path()) == weights_after(8, straight.path()));
}
END_TEST

// Sums over halves of a batch are rounded otherwise than those over the whole.
START_TEST(two_processes_log_the_losses_of_one) {
  const TemporaryDirectory together;
  const int port = free_port();
  const auto body = [&] {
    train_stage(kStages[_i], kConfig, together.path());
    return 0;
  };
  const pid_t first = start_process(0, port, together.path(), body);
  const pid_t second = start_process(1, port, together.path(), body);
  ck_assert_int_eq(exit_status(first), 0);
  ck_assert_int_eq(exit_status(second), 0);

  const TemporaryDirectory alone;
  train_stage(kStages[_i], kConfig, alone.path());
  expect_same_losses(together.path(), alone.path(), kStages[_i]);
  for (const double seconds : seconds_spent_on("exchange", together.path())) {
    ck_assert_double_gt(seconds, 0.0);
  }
}
END_TEST

// Frozen layers of weights by formula can say next to nothing, whatever they are given: the stages
// that keep some frozen are tried on the embedded model, in test_training_runs.sh. Of what these
// three start with, one part in 50 is left, or less.
START_TEST(one_batch_again_and_again_is_learned) {
  LoopConfig config = kConfig;
  config.epochs = 60;
  config.overfits_one_batch = true;
  config.checkpoint_interval_s = 3600.0;
  config.validate_every = 1000;
  const TemporaryDirectory out;
  train_stage(kStages[_i], config, out.path(), /*rate=*/1e-2);
  const auto losses = logged(out.path(), "step", "loss");
  ck_assert_uint_eq(losses.size(), 60);
  ck_assert_msg(losses.back() < 0.1 * losses.front(), "%s: %g, after %zu steps %g", kStages[_i],
                losses.front(), losses.size(), losses.back());
}
END_TEST

Suite* stage_runs_suite() {
  Suite* suite = suite_create("stage runs");
  TCase* runs = tcase_create("runs");
  tcase_add_loop_test(runs, validation_is_logged_after_every_epoch, 0, kValidatedStages);
  tcase_add_loop_test(runs, a_stage_says_what_its_steps_spend_their_time_on, 0, kStageCount);
  tcase_add_loop_test(runs, a_loss_that_is_not_finite_names_the_batchs_examples, 0, kStageCount);
  tcase_add_loop_test(runs, a_run_in_two_parts_ends_with_the_weights_of_one, 0, kStageCount);
  tcase_add_loop_test(runs, two_processes_log_the_losses_of_one, 0, kStageCount);
  tcase_add_loop_test(runs, one_batch_again_and_again_is_learned, kFirstTrainingAll, kStageCount);
  suite_add_tcase(suite, runs);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::stage_runs_suite());
}
