// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/Functions.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <torch/optim/adam.h>
#include <torch/types.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/formula_weights.h"
#include "tests/support/temporary_directory.h"
#include "training/loop/adam.h"
#include "training/loop/checkpoint.h"
#include "training/loop/prepare_training.h"
#include "training/loop/training_loop.h"

namespace dali {
namespace {

// A loss with noise from LibTorch's generator, so that a run only repeats itself when generator,
// order of the examples and moments are all as they were. `interrupt` is called at every step.
class NoisyStage : public Stage {
 public:
  explicit NoisyStage(std::function<void(std::int64_t step)> interrupt = [](std::int64_t) {})
      : interrupt_(std::move(interrupt)) {}

  std::vector<ParameterGroup> parameter_groups() override {
    weight.set_requires_grad(true);
    late.set_requires_grad(true);
    return {{.name = "noisy",
             .parameters = {{"weight", weight}, {"late", late}},
             .adam = {.learning_rate = 0.05, .weight_decay = 1e-3}}};
  }
  std::int64_t example_count() const override { return 10; }
  void begin_epoch(int epoch) override { epoch_ = epoch; }
  void begin_step(std::int64_t step) override { interrupt_(step); }
  BatchFigures accumulate_gradients(std::span<const std::int64_t> examples) override {
    torch::Tensor loss = at::zeros({});
    for (const auto example : examples) {
      const auto target = formula_tensor({5}, 1.0, static_cast<double>(example));
      loss = loss + (weight - target + at::rand({5})).square().sum();
    }
    if (epoch_ > 1) loss = loss + (late - weight.detach()).square().sum();
    loss.backward();
    return {.weight = static_cast<double>(examples.size()), .means = {{"loss", 0.0}}};
  }

  torch::Tensor weight = at::zeros({5});
  torch::Tensor late = at::ones({5});  // trained from the second epoch on

 private:
  std::function<void(std::int64_t step)> interrupt_;
  int epoch_ = 0;
};

constexpr int kSteps = 15;  // five an epoch

const LoopConfig kSavesEveryStep = {
    .epochs = 3, .batch_size = 2, .checkpoint_interval_s = 0.0, .keep_checkpoints = 2};

// The bytes of the weights that a run into `out` ended with.
std::string final_weights(const std::filesystem::path& out) {
  const CheckpointFolder folder(checkpoint_folder(out), 1);
  std::ifstream stream(folder.path_of(kSteps) / "weights.safetensors", std::ios::binary);
  ck_assert(static_cast<bool>(stream));
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string uninterrupted_weights() {
  const TemporaryDirectory out;
  prepare_training(kSavesEveryStep);
  NoisyStage stage;
  train(stage, kSavesEveryStep, out.path());
  return final_weights(out.path());
}

// Before the first step, within an epoch, at its end and before the last step.
constexpr std::int64_t kCuts[] = {0, 1, 5, 8, 14};

START_TEST(a_run_that_stopped_anywhere_ends_with_the_same_weights) {
  const std::int64_t cut = kCuts[_i];
  const TemporaryDirectory out;
  struct Cut {};
  try {
    prepare_training(kSavesEveryStep);
    NoisyStage stage([cut](std::int64_t step) {
      if (step == cut) throw Cut();
    });
    train(stage, kSavesEveryStep, out.path());
    ck_abort_msg("was not cut");
  } catch (const Cut&) {
  }
  prepare_training(kSavesEveryStep);
  NoisyStage stage;
  train(stage, kSavesEveryStep, out.path());
  ck_assert(final_weights(out.path()) == uninterrupted_weights());

  std::ifstream metrics(out / "metrics.jsonl");
  std::int64_t expected = 0;
  for (std::string line; std::getline(metrics, line);) {
    ck_assert_int_eq(nlohmann::json::parse(line).at("step").get<std::int64_t>(), ++expected);
  }
  ck_assert_int_eq(expected, kSteps);
}
END_TEST

int lines_in(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return static_cast<int>(std::count(std::istreambuf_iterator<char>(stream), {}, '\n'));
}

// Processes are killed at whatever they are at, some in the middle of a checkpoint, until one comes
// to the end.
START_TEST(a_run_that_is_killed_again_and_again_ends_with_the_same_weights) {
  const TemporaryDirectory out;
  const auto start = [&] {
    const pid_t child = fork();
    if (child != 0) return child;
    prepare_training(kSavesEveryStep);
    NoisyStage stage([](std::int64_t) { usleep(20000); });
    train(stage, kSavesEveryStep, out.path());
    _exit(0);
  };
  int status = 0;
  for (int kills = 1; kills <= 5; ++kills) {
    const pid_t child = start();
    while (lines_in(out / "metrics.jsonl") < 2 * kills) usleep(1000);
    usleep(static_cast<useconds_t>(3000 * kills));
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    ck_assert(WIFSIGNALED(status));
  }
  waitpid(start(), &status, 0);
  ck_assert_int_eq(status, 0);
  ck_assert(final_weights(out.path()) == uninterrupted_weights());
}
END_TEST

START_TEST(sigterm_saves_and_says_so) {
  const TemporaryDirectory out;
  LoopConfig config = kSavesEveryStep;
  config.checkpoint_interval_s = 3600.0;
  prepare_training(config);
  NoisyStage stage([](std::int64_t step) {
    if (step == 6) raise(SIGTERM);
  });
  expect_one_line_with(
      error_message_of<std::runtime_error>([&] { train(stage, config, out.path()); }),
      "stopped by SIGTERM after step 7 of 15");
  prepare_training(config);
  NoisyStage rest;
  train(rest, config, out.path());
  ck_assert(final_weights(out.path()) == uninterrupted_weights());
}
END_TEST

START_TEST(a_run_that_has_ended_gives_its_weights_again) {
  const TemporaryDirectory out;
  NoisyStage stage;
  train(stage, kSavesEveryStep, out.path());
  NoisyStage again([](std::int64_t) { ck_abort_msg("took a step"); });
  train(again, kSavesEveryStep, out.path());
  ck_assert(at::equal(stage.weight, again.weight));
}
END_TEST

Checkpoint checkpoint_of(std::int64_t step, std::int64_t numbers = 4) {
  return {.step = step,
          .weights = {{"weight", at::full({numbers}, static_cast<double>(step))}},
          .state = {{"moment", at::zeros({numbers})}},
          .facts = {{"examples", "10"}}};
}

START_TEST(the_newest_checkpoints_are_kept) {
  const TemporaryDirectory directory;
  CheckpointFolder folder(directory / "checkpoints", 2);
  ck_assert(!folder.newest().has_value());
  for (const std::int64_t step : {5, 9, 10, 100}) folder.write(checkpoint_of(step));
  const auto newest = folder.newest();
  ck_assert_int_eq(newest->step, 100);
  ck_assert_double_eq(newest->weights.at("weight")[0].item<double>(), 100.0);
  ck_assert_str_eq(newest->facts.at("examples").c_str(), "10");
  ck_assert(std::filesystem::exists(folder.path_of(10)));
  ck_assert(!std::filesystem::exists(folder.path_of(9)));
}
END_TEST

START_TEST(a_checkpoint_without_its_mark_is_not_believed) {
  const TemporaryDirectory directory;
  CheckpointFolder folder(directory / "checkpoints", 3);
  folder.write(checkpoint_of(1));
  folder.write(checkpoint_of(2));
  std::filesystem::remove(folder.path_of(2) / "done");
  ck_assert_int_eq(folder.newest()->step, 1);
  folder.write(checkpoint_of(3));
  ck_assert(!std::filesystem::exists(folder.path_of(2)));
}
END_TEST

// A limit on the size of files is met as a full disk is, and needs no file system of its own.
START_TEST(a_full_disk_loses_nothing) {
  const TemporaryDirectory directory;
  CheckpointFolder folder(directory / "checkpoints", 1);
  folder.write(checkpoint_of(1));
  signal(SIGXFSZ, SIG_IGN);
  rlimit limit = {};
  ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlimit full = {.rlim_cur = 4096, .rlim_max = limit.rlim_max};
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
  expect_one_line_with(
      error_message_of<std::runtime_error>([&] { folder.write(checkpoint_of(2, 100000)); }),
      "weights.safetensors: cannot be written");
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
  ck_assert_int_eq(folder.newest()->step, 1);
  ck_assert_double_eq(folder.newest()->weights.at("weight")[3].item<double>(), 1.0);
  const std::filesystem::directory_iterator left(directory / "checkpoints");
  ck_assert_int_eq(static_cast<int>(std::distance(begin(left), end(left))), 1);
}
END_TEST

START_TEST(another_number_of_examples_is_refused) {
  const TemporaryDirectory out;
  CheckpointFolder(checkpoint_folder(out.path()), 1)
      .write({.step = 1, .weights = {}, .state = {}, .facts = {{"examples", "11"}}});
  NoisyStage stage;
  expect_one_line_with(
      error_message_of<std::runtime_error>([&] { train(stage, kSavesEveryStep, out.path()); }),
      "was made with 11 examples, now there are 10");
}
END_TEST

START_TEST(adam_moves_as_libtorchs_does) {
  auto ours = formula_tensor({3, 4}).set_requires_grad(true);
  auto theirs = ours.detach().clone().set_requires_grad(true);
  const AdamConfig config = {
      .learning_rate = 0.01, .beta1 = 0.95, .beta2 = 0.99, .epsilon = 1e-7, .weight_decay = 0.02};
  Adam adam({.name = "all", .parameters = {{"weight", ours}}, .adam = config});
  torch::optim::Adam reference(
      {theirs}, torch::optim::AdamOptions(0.01).betas({0.95, 0.99}).eps(1e-7).weight_decay(0.02));
  for (int step = 0; step < 20; ++step) {
    const auto factor = formula_tensor({3, 4}, 2.0, step + 5.0);
    (ours * ours * factor).sum().backward();
    adam.take_gradients();
    adam.step(1.0);
    reference.zero_grad();
    (theirs * theirs * factor).sum().backward();
    reference.step();
    ck_assert_msg(at::equal(ours, theirs), "step %d: differ by %g", step,
                  greatest_difference(ours, theirs));
  }
}
END_TEST

Suite* checkpoints_suite() {
  Suite* suite = suite_create("checkpoints");
  TCase* runs = tcase_create("runs");
  tcase_add_loop_test(runs, a_run_that_stopped_anywhere_ends_with_the_same_weights, 0,
                      std::size(kCuts));
  tcase_add_test(runs, a_run_that_is_killed_again_and_again_ends_with_the_same_weights);
  tcase_add_test(runs, sigterm_saves_and_says_so);
  tcase_add_test(runs, a_run_that_has_ended_gives_its_weights_again);
  tcase_add_test(runs, another_number_of_examples_is_refused);
  suite_add_tcase(suite, runs);
  TCase* files = tcase_create("files");
  tcase_add_test(files, the_newest_checkpoints_are_kept);
  tcase_add_test(files, a_checkpoint_without_its_mark_is_not_believed);
  tcase_add_test(files, a_full_disk_loses_nothing);
  suite_add_tcase(suite, files);
  TCase* optimiser = tcase_create("optimiser");
  tcase_add_test(optimiser, adam_moves_as_libtorchs_does);
  suite_add_tcase(suite, optimiser);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::checkpoints_suite());
}
