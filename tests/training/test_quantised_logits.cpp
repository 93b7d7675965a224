// SPDX-License-Identifier: LGPL-2.1-or-later
// What integers change in the logits of the embedded model: of rows, whose bound can be derived,
// and of weights, for the log.

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <c10/core/InferenceMode.h>

#include <cstdio>

#include "import/model_quantisation.h"
#include "model/captioner/captioner.h"
#include "tests/support/check_suite.h"
#include "tests/support/temporary_directory.h"
#include "tests/training/toy_model.h"

namespace dali {
namespace {

constexpr std::uint64_t kWorldSeed = 2024;
constexpr std::uint64_t kScenes = 12;

// Captions that some model says of the scenes, and what models think of each of their words.
class Scenes {
 public:
  explicit Scenes(ToyModel& model) {
    for (const Inputs& seen : inputs_) captions_.push_back(model.greedy_caption(seen));
  }

  // [words of all captions, vocabulary]
  at::Tensor logits(ToyModel& model) const {
    std::vector<at::Tensor> logits;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      logits.push_back(model.logits(inputs_[i], captions_[i]));
    }
    return at::cat(logits);
  }

 private:
  const std::vector<Inputs> inputs_ = inputs_of_scenes(
      open_model_directory(embedded_model_directory()).config, kWorldSeed, kScenes);
  std::vector<std::vector<int64_t>> captions_;
};

// The root mean square of their differences, as a share of the standard deviation that the expected
// ones have in one place.
double relative_rms(const at::Tensor& logits, const at::Tensor& expected) {
  const double deviation = expected.var(1, /*unbiased=*/false).mean().sqrt().item<double>();
  return (logits - expected).square().mean().sqrt().item<double>() / deviation;
}

// In a group of 32 of a normal distribution the largest number is 2.1 standard deviations in the
// mean, and a code is wrong by 1/√12 of a 127th of that in the root mean square: 0.0048 of a row's
// length. Through a tower, the projector and the decoder some thirty products follow each other,
// whose errors add up like the sides of right angles: 0.0048 · √30 = 0.026.
constexpr double kRmsOfRows = 0.026;

START_TEST(products_of_integers_move_logits_no_more_than_rounded_rows_do) {
  const c10::InferenceMode inference;
  const TemporaryDirectory directory;
  const ModelFiles stored = open_model_directory(embedded_model_directory());
  ToyModel exact(stored, stored.tensors, at::kFloat);
  const Scenes scenes(exact);
  const at::Tensor exact_logits = scenes.logits(exact);
  for (const auto format : {WeightFormat::kInt8, WeightFormat::kInt4}) {
    const auto path = directory / std::string(to_string(format));
    ModelQuantisation({.model = embedded_model_directory(), .format = format}).write(path, [] {});
    const ModelFiles files = open_model_directory(path);
    ToyModel numbers(files, files.tensors, at::kFloat);
    ToyModel integers(files, files.tensors, at::kFloat, /*keeps_integers=*/true);
    const at::Tensor expected = scenes.logits(numbers);
    const at::Tensor actual = scenes.logits(integers);
    const double of_rows = relative_rms(actual, expected);
    const double of_all = relative_rms(actual, exact_logits);
    std::printf("%s: logits move by %.4f, of which rows %.4f and weights %.4f\n",
                std::string(to_string(format)).c_str(), of_all, of_rows,
                relative_rms(expected, exact_logits));
    ck_assert_double_gt(of_rows, 0.0);
    ck_assert_double_le(of_rows, kRmsOfRows);
    // The bound would notice rows of a bit or two fewer, as weights of 4 bits are.
    if (format == WeightFormat::kInt4) ck_assert_double_gt(of_all, kRmsOfRows);
  }
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  Suite* suite = suite_create("quantised logits");
  TCase* tests = tcase_create("quantised logits");
  tcase_add_test(tests, dali::products_of_integers_move_logits_no_more_than_rounded_rows_do);
  suite_add_tcase(suite, tests);
  return dali::run_suite(suite);
}
