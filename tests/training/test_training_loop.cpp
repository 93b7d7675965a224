// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/Functions.h>
#include <torch/types.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "training/evaluate/sound_accuracy.h"
#include "training/loop/schedule.h"
#include "training/loop/training_loop.h"
#include "training/timing/step_clock.h"

namespace dali {
namespace {

enum class Poison { kLoss, kGradient };

// Fits weight to 3: example i asks for weight * (i + 1) = 3 * (i + 1).
class LineStage : public Stage {
 public:
  // From the part `poison_from` on, either is not finite.
  explicit LineStage(double poison_from = std::numeric_limits<double>::infinity(),
                     Poison poison = Poison::kLoss)
      : poison_from_(poison_from), poison_(poison) {}

  std::vector<ParameterGroup> parameter_groups() override {
    weight.set_requires_grad(true);
    return {{.name = "line", .parameters = {{"weight", weight}}, .adam = {.learning_rate = 0.1}}};
  }
  std::int64_t example_count() const override { return 8; }
  std::string example_name(std::int64_t example) const override {
    return "point " + std::to_string(example);
  }
  BatchFigures accumulate_gradients(std::span<const std::int64_t> examples) override {
    torch::Tensor loss = at::zeros({});
    for (const auto example : examples) {
      const auto x = static_cast<double>(example + 1);
      loss = loss + (weight * x - 3.0 * x).square();
    }
    loss.backward();
    const auto count = static_cast<double>(examples.size());
    const bool is_poisoned = ++parts >= poison_from_;
    if (is_poisoned && poison_ == Poison::kGradient) weight.mutable_grad().fill_(INFINITY);
    if (is_poisoned && poison_ == Poison::kLoss) {
      return {.weight = count, .means = {{"loss", NAN}}};
    }
    return {.weight = count, .means = {{"loss", loss.item<double>() / count}}};
  }

  torch::Tensor weight = at::zeros({});
  int parts = 0;  // of batches

 private:
  double poison_from_;
  Poison poison_;
};

START_TEST(training_finds_the_minimum_and_logs_every_step) {
  const TemporaryDirectory directory;
  LineStage stage;
  train(stage, {.epochs = 100, .batch_size = 4, .schedule = "cosine"}, directory.path());
  ck_assert_double_eq_tol(stage.weight.item<double>(), 3.0, 0.01);
  std::ifstream log(directory / "metrics.jsonl");
  int lines = 0;
  for (std::string line; std::getline(log, line); ++lines) {
    ck_assert(nlohmann::json::parse(line).contains("loss"));
  }
  ck_assert_int_eq(lines, 200);
}
END_TEST

// The clock ticks at least once.
void take_a_moment() {
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() == start) {
  }
}

START_TEST(every_moment_of_a_step_belongs_to_one_part) {
  StepClock clock;
  timed(StepPart::kLoss, [] {
    take_a_moment();
    timed(StepPart::kTransport, take_a_moment);
    take_a_moment();
  });
  const StepTimes times = clock.stop();
  double sum = 0.0;
  for (const StepPart part : kStepParts) {
    const bool is_worked_on = part == StepPart::kLoss || part == StepPart::kTransport;
    if (is_worked_on) ck_assert_double_gt(times.seconds(part), 0.0);
    if (!is_worked_on && part != StepPart::kRest) ck_assert_double_eq(times.seconds(part), 0.0);
    sum += times.seconds(part);
  }
  // Whole nanoseconds, but for eight roundings of a double.
  ck_assert_double_eq_tol(sum, times.seconds_in_all(), 8e-16 * times.seconds_in_all());
}
END_TEST

START_TEST(a_part_that_an_error_ends_gives_way_to_the_one_before) {
  StepClock clock;
  try {
    timed(StepPart::kBackward, [] { throw std::runtime_error("of the test"); });
  } catch (const std::runtime_error&) {
    take_a_moment();
  }
  ck_assert_double_gt(clock.stop().seconds(StepPart::kRest), 0.0);
}
END_TEST

START_TEST(what_is_timed_without_a_clock_is_done_all_the_same) {
  ck_assert_int_eq(timed(StepPart::kData, [] { return 3; }), 3);
}
END_TEST

START_TEST(the_log_says_what_a_step_spent_its_time_on) {
  const TemporaryDirectory directory;
  LineStage stage;
  train(stage, {.epochs = 2, .batch_size = 4}, directory.path());
  std::ifstream log(directory / "metrics.jsonl");
  int lines = 0;
  for (std::string line; std::getline(log, line); ++lines) {
    const auto seconds = nlohmann::json::parse(line).at("seconds");
    double sum = 0.0;
    for (const StepPart part : kStepParts) sum += seconds.at(name_of(part)).get<double>();
    ck_assert_uint_eq(seconds.size(), kStepParts.size() + 1);
    ck_assert_double_eq_tol(sum, seconds.at("all").get<double>(), 8e-16 * sum);
    ck_assert_double_gt(seconds.at("update").get<double>(), 0.0);
    ck_assert_double_eq(seconds.at("exchange").get<double>(), 0.0);
  }
  ck_assert_int_eq(lines, 4);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_weight) {
  const auto trained = [&](std::uint64_t seed) {
    const TemporaryDirectory directory;
    LineStage stage;
    train(stage, {.epochs = 3, .batch_size = 2, .seed = seed}, directory.path());
    return stage.weight.item<double>();
  };
  ck_assert_double_eq(trained(1), trained(1));
  ck_assert_double_ne(trained(1), trained(2));
}
END_TEST

START_TEST(what_is_not_finite_stops_and_names_the_examples) {
  const TemporaryDirectory directory;
  LineStage stage(/*poison_from=*/3, _i == 0 ? Poison::kLoss : Poison::kGradient);
  const auto message = error_message_of<std::runtime_error>(
      [&] { train(stage, {.epochs = 5, .batch_size = 8}, directory.path()); });
  expect_one_line_with(message, "step 3");
  expect_one_line_with(message, "not_finite.json");
  std::ifstream record(directory / "not_finite.json");
  const auto examples = nlohmann::json::parse(record).at("examples");
  ck_assert_uint_eq(examples.size(), 8);
  ck_assert(std::ranges::count(examples, "point 5") == 1);
  ck_assert(std::isfinite(stage.weight.item<double>()));
}
END_TEST

START_TEST(parts_of_a_batch_add_up_to_the_whole) {
  const auto trained = [](int micro_batch_size) {
    const TemporaryDirectory directory;
    LineStage stage;
    train(stage, {.epochs = 5, .batch_size = 8, .micro_batch_size = micro_batch_size},
          directory.path());
    ck_assert_int_eq(stage.parts, micro_batch_size == 3 ? 15 : 5);
    return stage.weight.item<double>();
  };
  ck_assert_double_eq_tol(trained(3), trained(0), 1e-6);
}
END_TEST

START_TEST(max_steps_ends_training) {
  const TemporaryDirectory directory;
  LineStage stage;
  train(stage, {.epochs = 5, .batch_size = 2, .max_steps = 7}, directory.path());
  ck_assert_int_eq(stage.parts, 7);
}
END_TEST

START_TEST(a_schedule_that_nobody_knows_is_refused) {
  const TemporaryDirectory directory;
  LineStage stage;
  expect_one_line_with(error_message_of<std::invalid_argument>(
                           [&] { train(stage, {.schedule = "linear"}, directory.path()); }),
                       "'linear'");
}
END_TEST

START_TEST(the_cosine_rises_from_nothing_and_falls_to_nothing) {
  const auto warmup = warmup_steps(0.03, 500);
  ck_assert_int_eq(warmup, 15);
  ck_assert_double_eq(cosine_factor(0, warmup, 500), 0.0);
  ck_assert_double_eq_tol(cosine_factor(15, warmup, 500), 1.0, 1e-12);
  ck_assert_double_eq_tol(cosine_factor(15 + 485 / 2, warmup, 500), 0.5, 0.01);
  ck_assert_double_eq_tol(cosine_factor(500, warmup, 500), 0.0, 1e-12);
}
END_TEST

START_TEST(the_rate_is_halved_after_epoch_ten_and_every_fifth_from_there) {
  ck_assert_double_eq(halving_factor(10), 1.0);
  ck_assert_double_eq(halving_factor(11), 0.5);
  ck_assert_double_eq(halving_factor(15), 0.5);
  ck_assert_double_eq(halving_factor(16), 0.25);
  ck_assert_double_eq(halving_factor(20), 0.25);
}
END_TEST

START_TEST(an_unknown_key_is_refused_with_the_nearest_one) {
  LoopConfig config;
  ConfigFields fields;
  config.declare(fields);
  expect_one_line_with(
      error_message_of<std::invalid_argument>([&] { fields.assign("batchsize=3"); }),
      "'batch_size'");
  expect_one_line_with(
      error_message_of<std::invalid_argument>([&] { fields.assign("epochs=many"); }),
      "a whole number");
  fields.assign("epochs=12");
  ck_assert_int_eq(config.epochs, 12);
}
END_TEST

START_TEST(a_configuration_reads_back_what_it_wrote) {
  const TemporaryDirectory directory;
  LoopConfig written{.epochs = 7, .schedule = "halving", .clip_norm = 0.25, .seed = 99};
  ConfigFields written_fields;
  written.declare(written_fields);
  std::ofstream(directory / "training.toml") << written_fields.to_toml();
  LoopConfig read;
  ConfigFields fields;
  read.declare(fields);
  fields.read_toml_file(directory / "training.toml");
  ck_assert_int_eq(read.epochs, 7);
  ck_assert(read.schedule == "halving");
  ck_assert_double_eq(read.clip_norm, 0.25);
  ck_assert_uint_eq(read.seed, 99);

  std::ofstream(directory / "wrong.toml") << "epochs = \"seven\"\n";
  expect_one_line_with(error_message_of<std::invalid_argument>(
                           [&] { fields.read_toml_file(directory / "wrong.toml"); }),
                       "wrong.toml");
}
END_TEST

START_TEST(keys_that_shape_the_result_must_match_on_resuming) {
  const TemporaryDirectory directory;
  LoopConfig before;
  ConfigFields before_fields;
  before.declare(before_fields);
  write_file(directory / "training.toml", before_fields.to_toml());
  LoopConfig now{.epochs = 2, .threads = 2, .log_interval_s = 1.0};
  ConfigFields fields;
  now.declare(fields);
  ck_assert(fields.keys_changed_since(directory / "training.toml") ==
            std::vector<std::string>{"epochs"});
  ck_assert(fields.keys_changed_since(directory / "missing.toml").empty());
}
END_TEST

START_TEST(keys_that_are_missing_are_named_until_another_replaces_them) {
  std::filesystem::path model;
  int keep = 0;
  std::string scores;
  ConfigFields fields;
  fields.add_required("model", &model, "what captions");
  fields.add_required("keep", &keep, "how many", "scores");
  fields.add("scores", &scores, "of an earlier run");
  const auto complaint = [&] {
    return error_message_of<std::invalid_argument>([&] { fields.check_required(); });
  };
  expect_one_line_with(complaint(), "the keys model, keep are missing: give model=... keep=...");
  fields.assign("model=none");
  expect_one_line_with(complaint(), "the key keep is missing");
  fields.assign("scores=old");
  fields.check_required();
  fields.assign("scores=");
  fields.assign("keep=3");
  fields.check_required();
  ck_assert(fields.help().find("keep=...") != std::string::npos);
  ck_assert(fields.help().find("(required without scores)") != std::string::npos);
}
END_TEST

START_TEST(captions_name_classes_by_whole_words) {
  const ClassWords classes = {{"ambulance", {"ambulance", "siren"}}, {"car", {"car", "horn"}}};
  ck_assert(named_classes("A siren wails", classes) == std::set<std::string>{"ambulance"});
  ck_assert(named_classes("two cars honk", classes) == std::set<std::string>{"car"});
  ck_assert(named_classes("a carpet", classes).empty());
  SoundAccuracy accuracy;
  accuracy.add({"car"}, {"car"});
  accuracy.add({"car", "ambulance"}, {"car"});
  accuracy.add({}, {"car"});
  accuracy.add({"car"}, {"car", "ambulance"});
  ck_assert_int_eq(accuracy.single().clips, 3);
  ck_assert_int_eq(accuracy.single().right, 1);
  ck_assert_int_eq(accuracy.single().named, 2);
  ck_assert_int_eq(accuracy.several().named, 0);
}
END_TEST

Suite* training_loop_suite() {
  Suite* suite = suite_create("training loop");
  TCase* loop = tcase_create("loop");
  tcase_add_test(loop, training_finds_the_minimum_and_logs_every_step);
  tcase_add_test(loop, every_moment_of_a_step_belongs_to_one_part);
  tcase_add_test(loop, a_part_that_an_error_ends_gives_way_to_the_one_before);
  tcase_add_test(loop, what_is_timed_without_a_clock_is_done_all_the_same);
  tcase_add_test(loop, the_log_says_what_a_step_spent_its_time_on);
  tcase_add_test(loop, the_same_seed_gives_the_same_weight);
  tcase_add_loop_test(loop, what_is_not_finite_stops_and_names_the_examples, 0, 2);
  tcase_add_test(loop, parts_of_a_batch_add_up_to_the_whole);
  tcase_add_test(loop, max_steps_ends_training);
  tcase_add_test(loop, a_schedule_that_nobody_knows_is_refused);
  tcase_add_test(loop, the_cosine_rises_from_nothing_and_falls_to_nothing);
  tcase_add_test(loop, the_rate_is_halved_after_epoch_ten_and_every_fifth_from_there);
  suite_add_tcase(suite, loop);
  TCase* configuration = tcase_create("configuration");
  tcase_add_test(configuration, an_unknown_key_is_refused_with_the_nearest_one);
  tcase_add_test(configuration, a_configuration_reads_back_what_it_wrote);
  tcase_add_test(configuration, keys_that_shape_the_result_must_match_on_resuming);
  tcase_add_test(configuration, keys_that_are_missing_are_named_until_another_replaces_them);
  suite_add_tcase(suite, configuration);
  TCase* accuracy = tcase_create("accuracy");
  tcase_add_test(accuracy, captions_name_classes_by_whole_words);
  suite_add_tcase(suite, accuracy);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::training_loop_suite());
}
