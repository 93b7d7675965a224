// SPDX-License-Identifier: LGPL-2.1-or-later
// keep = best: which weights a run ends with, also when it was cut off, and when it cannot be
// known.
#include <ATen/Functions.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/training/logged_figures.h"
#include "tests/training/tiny_clips.h"
#include "training/loop/prepare_training.h"
#include "training/loop/training_loop.h"
#include "training/losses/optimal_transport.h"
#include "training/stages/align_stage.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
constexpr int kStepsPerEpoch = 2;

// A weight that grows at every step by the learning rate, since its gradient is -1, and validations
// of which is known beforehand what they will find.
class ForetoldStage : public Stage {
 public:
  struct Cut {};

  // `figures`: of the epochs, in their order. `cut`: the step at which to throw Cut.
  explicit ForetoldStage(std::vector<double> figures, std::int64_t cut = -1)
      : figures_(std::move(figures)), cut_(cut) {}

  std::vector<ParameterGroup> parameter_groups() override {
    weight.set_requires_grad(true);
    return {{.name = "all", .parameters = {{"weight", weight}}, .adam = {.learning_rate = 1.0}}};
  }
  std::int64_t example_count() const override { return 4; }
  void begin_epoch(int epoch) override { epoch_ = epoch; }
  void begin_step(std::int64_t step) override {
    if (step == cut_) throw Cut();
  }
  BatchFigures accumulate_gradients(std::span<const std::int64_t> examples) override {
    const auto count = static_cast<double>(examples.size());
    (-count * weight.sum()).backward();
    return {.weight = count, .means = {{"loss", 0.0}}};
  }
  Metrics validate() override {
    const double figure = figures_.at(static_cast<std::size_t>(epoch_ - 1));
    // Whatever else is measured decides nothing.
    Metrics metrics = {{"accuracy", -figure}};
    if (figure != kUnread) metrics["distance"] = figure;
    return metrics;
  }
  std::string kept_by() const override { return figures_.empty() ? "" : "distance"; }

  static constexpr double kUnread = -1.0;  // no clip could be measured
  torch::Tensor weight = at::zeros({1});

 private:
  std::vector<double> figures_;
  std::int64_t cut_;
  int epoch_ = 0;
};

LoopConfig config_of(std::size_t epochs, const std::string& keep) {
  return {.epochs = static_cast<int>(epochs),
          .batch_size = 4 / kStepsPerEpoch,
          .schedule = "constant",
          .keep = keep,
          .checkpoint_interval_s = 0.0};
}

// After how many epochs the stage had the weight that the run ends with.
double kept_epoch(const std::vector<double>& figures, const std::string& keep,
                  const fs::path& out) {
  ForetoldStage stage(figures);
  train(stage, config_of(figures.size(), keep), out);
  return stage.weight.item<double>() / kStepsPerEpoch;
}

struct Row {
  std::vector<double> figures;
  int best;
};

const Row kRows[] = {
    {{5, 3, 4, 6}, 2},                            // within
    {{1, 2, 3}, 1},                               // at once
    {{3, 2, 1}, 3},                               // at the end
    {{4, 2, 2, 3}, 2},                            // the first of equals
    {{kNotANumber, 7, 9}, 2},                     // what is no number is no best
    {{7, kNotANumber, 9}, 1},                     //
    {{-2, 5, -2.5, -2.25}, 3},                    // a divergence may be estimated below 0
    {{1e300, 1.0 + 1e-12, 1.0, 1.0 + 1e-15}, 3},  // kept in all its digits
};
constexpr int kRowCount = static_cast<int>(std::size(kRows));

START_TEST(the_epoch_with_the_least_figure_is_kept) {
  const Row& row = kRows[_i];
  const TemporaryDirectory out;
  ck_assert_double_eq_tol(kept_epoch(row.figures, "best", out.path()), row.best, 1e-5);
  // The same command once more has nothing left to train.
  ck_assert_double_eq_tol(kept_epoch(row.figures, "best", out.path()), row.best, 1e-5);
  const TemporaryDirectory other;
  ck_assert_double_eq_tol(kept_epoch(row.figures, "last", other.path()),
                          static_cast<double>(row.figures.size()), 1e-5);
  ck_assert(!fs::exists(other / "best"));
}
END_TEST

// Within, the first of equals, and after what is no number: every checkpoint waits for the disk.
constexpr int kCutRows[] = {0, 3, 4};

// Wherever it was cut off: also after a validation that was the best, and before the next
// checkpoint.
START_TEST(a_run_that_was_cut_off_keeps_the_same_epoch) {
  const Row& row = kRows[kCutRows[_i]];
  for (const double interval_s : {0.0, 1e6}) {
    for (std::int64_t cut = 0; cut < std::ssize(row.figures) * kStepsPerEpoch; ++cut) {
      const TemporaryDirectory out;
      LoopConfig config = config_of(row.figures.size(), "best");
      config.checkpoint_interval_s = interval_s;
      try {
        ForetoldStage stage(row.figures, cut);
        train(stage, config, out.path());
        ck_abort_msg("was not cut");
      } catch (const ForetoldStage::Cut&) {
      }
      ck_assert_double_eq_tol(kept_epoch(row.figures, "best", out.path()), row.best, 1e-5);
    }
  }
}
END_TEST

// Another run that ended before its first checkpoint has left its best, which was better.
START_TEST(weights_of_another_run_are_not_taken_for_ones_own) {
  const TemporaryDirectory out;
  LoopConfig config = config_of(3, "best");
  config.checkpoint_interval_s = 1e6;
  try {
    ForetoldStage stage({0.5, 9, 9}, /*cut=*/4);
    train(stage, config, out.path());
    ck_abort_msg("was not cut");
  } catch (const ForetoldStage::Cut&) {
  }
  ck_assert(fs::exists(out / "best" / "weights.safetensors"));
  ck_assert_double_eq_tol(kept_epoch({3, 1, 2}, "best", out.path()), 2, 1e-5);
}
END_TEST

START_TEST(what_cannot_be_known_is_an_error_that_says_so) {
  const auto error = [](const std::vector<double>& figures, const fs::path& out) {
    return error_message_of<std::runtime_error>([&] { kept_epoch(figures, "best", out); });
  };
  const TemporaryDirectory unread;
  expect_one_line_with(error({4, ForetoldStage::kUnread}, unread.path()),
                       "step 4: nothing that is held out can be read");
  const TemporaryDirectory infinite;
  expect_one_line_with(error({kNotANumber, HUGE_VAL}, infinite.path()),
                       "no validation gave a finite distance");

  const TemporaryDirectory lost;
  kept_epoch({3, 1, 2}, "best", lost.path());
  fs::remove(lost / "best" / "weights.safetensors");
  expect_one_line_with(error({3, 1, 2}, lost.path()), "best/weights.safetensors: is missing");

  const TemporaryDirectory spoilt;
  kept_epoch({3, 1, 2}, "best", spoilt.path());
  fs::resize_file(spoilt / "best" / "weights.safetensors", 20);
  expect_one_line_with(error({3, 1, 2}, spoilt.path()), "best/weights.safetensors: ");

  const TemporaryDirectory none;
  ForetoldStage stage({});
  expect_one_line_with(error_message_of<std::invalid_argument>(
                           [&] { train(stage, config_of(1, "best"), none.path()); }),
                       "keep=best chooses by what is held out, and nothing is");
  ForetoldStage other({1});
  expect_one_line_with(error_message_of<std::invalid_argument>(
                           [&] { train(other, config_of(1, "least"), none.path()); }),
                       "keep 'least' is none of last, best");
}
END_TEST

// With tokens of a width that the scorers' eight heads divide.
CaptioningModel model_with_attention() {
  ModelConfig config = tiny_model_config();
  config.audio_tower.output_width = 16;
  config.vision_tower.width = 16;
  config.projector.input_width = 16;
  CaptioningModel model(config);
  set_formula_weights(*model);
  return model;
}

// Stage 1b: what is written is what had the least transport between the held-out clips' tokens, all
// of which weigh the same, though attentive weights are trained.
START_TEST(alignment_keeps_the_least_uniform_transport_of_held_out_clips) {
  const TemporaryDirectory folder;
  write_tiny_clips(folder.path());
  const ClipSet clips = tiny_clips(folder.path());
  const LoopConfig config = {.epochs = 5, .batch_size = 3, .schedule = "constant", .keep = "best"};
  const TemporaryDirectory out;
  prepare_training(config);
  CaptioningModel model = model_with_attention();
  // A rate at which it goes up and down.
  AlignStage stage(model, clips, &clips, {.loss = "attentive-ot", .learning_rate = 0.01},
                   /*seed=*/5);
  train(stage, config, out.path());
  const auto distances = logged(out.path(), "validation", "distance");
  ck_assert_uint_eq(distances.size(), 5);
  const double least = *std::ranges::min_element(distances);
  ck_assert_double_gt(*std::ranges::max_element(distances), least * 1.001);

  std::vector<ClipRequest> requests;
  for (std::int64_t clip = 0; clip < clips.size(); ++clip) {
    requests.push_back({.clip = clip, .frame = clips.frames_per_clip() / 2});
  }
  const ClipBatch batch = clips.read(requests);
  const at::NoGradGuard no_gradients;
  const double kept =
      UniformTransport()
          .forward(model->audio_tokens(batch.spectrograms), model->image_tokens(batch.pixels))
          .distance.item<double>();
  ck_assert_double_eq_tol(kept / least, 1.0, 1e-5);
}
END_TEST

Suite* best_weights_suite() {
  Suite* suite = suite_create("best weights");
  TCase* tests = tcase_create("best weights");
  tcase_add_loop_test(tests, the_epoch_with_the_least_figure_is_kept, 0, kRowCount);
  tcase_add_loop_test(tests, a_run_that_was_cut_off_keeps_the_same_epoch, 0,
                      static_cast<int>(std::size(kCutRows)));
  tcase_add_test(tests, weights_of_another_run_are_not_taken_for_ones_own);
  tcase_add_test(tests, what_cannot_be_known_is_an_error_that_says_so);
  tcase_add_test(tests, alignment_keeps_the_least_uniform_transport_of_held_out_clips);
  suite_add_tcase(suite, tests);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::best_weights_suite());
}
