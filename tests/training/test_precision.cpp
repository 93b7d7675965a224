// SPDX-License-Identifier: LGPL-2.1-or-later
// What 16 bits change, on the embedded model and unseen scenes of its world: weights stored in
// float16 and in bfloat16, and a model that computes in bfloat16, against float32.

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/rand.h>
#include <c10/core/InferenceMode.h>

#include <cstdint>
#include <cstdio>
#include <vector>

#include "model/captioner/captioner.h"
#include "model/weights/model_directory.h"
#include "tests/support/check_suite.h"
#include "tests/training/toy_model.h"

namespace dali {
namespace {

constexpr std::uint64_t kWorldSeed = 2024;
constexpr std::uint64_t kScenes = 12;

// The embedded model's weights are stored in bfloat16. These are float32's: each moved at random by
// less than what rounding it to bfloat16 takes away again.
TensorMap finer_weights(const TensorMap& stored) {
  at::manual_seed(1);
  TensorMap finer;
  for (const auto& [name, tensor] : stored) {
    const auto exact = tensor.to(at::kFloat);
    finer[name] = exact * (1.0 + (at::rand(exact.sizes()) - 0.5) * 0x1p-8);
  }
  return finer;
}

TensorMap stored_as(at::ScalarType dtype, const TensorMap& weights) {
  TensorMap stored;
  for (const auto& [name, tensor] : weights) stored[name] = tensor.to(dtype);
  return stored;
}

// What is left of float32 weights when all but the first `bits` of the 23 behind their leading one
// are cut off. Of bfloat16 7 are left, but rounded.
TensorMap cut_to(int bits, const TensorMap& weights) {
  const int kept = -1 << (23 - bits);
  TensorMap shorter;
  for (const auto& [name, tensor] : weights) {
    shorter[name] = tensor.view(at::kInt).bitwise_and(kept).view(at::kFloat);
  }
  return shorter;
}

// The embedded model in float32, and what it says of the scenes.
struct Exact {
  Exact() : model(files, weights, at::kFloat) {
    for (const Inputs& seen : inputs) {
      captions.push_back(model.greedy_caption(seen));
      logits.push_back(model.logits(seen, captions.back()));
    }
  }

  const ModelFiles files = open_model_directory(embedded_model_directory());
  const TensorMap weights = finer_weights(files.tensors);
  const std::vector<Inputs> inputs = inputs_of_scenes(files.config, kWorldSeed, kScenes);
  ToyModel model;
  std::vector<std::vector<int64_t>> captions;
  std::vector<at::Tensor> logits;  // [ids, vocabulary] of each caption
};

struct Comparison {
  // Of the differences between logits: their root mean square and the largest, as shares of the
  // standard deviation that the exact logits have in one place.
  double rms = 0.0;
  double largest = 0.0;
  double same_tokens = 0.0;    // share of places in which the same token is the likeliest
  double same_captions = 0.0;  // share of inputs with the same greedy caption
};

Comparison compared(const Exact& exact, const TensorMap& weights, at::ScalarType dtype,
                    const char* what) {
  ToyModel model(exact.files, weights, dtype);
  std::vector<at::Tensor> logits;
  double same_captions = 0.0;
  for (size_t index = 0; index < exact.inputs.size(); ++index) {
    logits.push_back(model.logits(exact.inputs[index], exact.captions[index]));
    if (model.greedy_caption(exact.inputs[index]) == exact.captions[index]) ++same_captions;
  }
  const auto expected = at::cat(exact.logits);
  const auto actual = at::cat(logits);
  const auto difference = actual - expected;
  const double deviation = expected.var(1, /*unbiased=*/false).mean().sqrt().item<double>();
  const Comparison result{
      .rms = difference.square().mean().sqrt().item<double>() / deviation,
      .largest = difference.abs().max().item<double>() / deviation,
      .same_tokens = actual.argmax(1).eq(expected.argmax(1)).to(at::kDouble).mean().item<double>(),
      .same_captions = same_captions / static_cast<double>(exact.inputs.size())};
  std::printf("%-34s logits: %.4f rms, %.3f at most; the same: tokens %.3f, captions %.3f\n", what,
              result.rms, result.largest, result.same_tokens, result.same_captions);
  return result;
}

// A number that is rounded to bfloat16's 8 significant bits moves by 2^-8 of itself at most and by
// 0.0016 in the root mean square. Through three layers of a tower and three of the decoder some
// thirty such steps follow each other, whose errors add up like the sides of right angles: 0.0016 ·
// √30 = 0.009. Measured: 0.009, 0.09 at most. The bounds are about twice that, for other models and
// other processors' sums, and half of what 6 bits without rounding make of the weights alone.
constexpr double kRmsOfBfloat16 = 0.02;
constexpr double kLargestOfBfloat16 = 0.2;

START_TEST(computing_in_bfloat16_moves_logits_by_a_hundredth_of_their_spread) {
  const c10::InferenceMode inference;
  const Exact exact;
  const auto rounded = compared(exact, stored_as(at::kBFloat16, exact.weights), at::kBFloat16,
                                "stored and computed in bfloat16");
  ck_assert_double_gt(rounded.rms, 0.0);
  ck_assert_double_le(rounded.rms, kRmsOfBfloat16);
  ck_assert_double_le(rounded.largest, kLargestOfBfloat16);
  // The bounds would notice two bits fewer.
  const auto cut = compared(exact, cut_to(5, exact.weights), at::kFloat, "weights cut to 5 bits");
  ck_assert_double_gt(cut.rms, kRmsOfBfloat16);
  ck_assert_double_gt(cut.largest, kLargestOfBfloat16);
}
END_TEST

// Float16 keeps 11 significant bits, three more than bfloat16, of numbers above 2^-14. Rounded
// once, the weights alone, and not the numbers that pass them: 2^-3 of bfloat16's error and less.
// Measured: 0.0006 for float16, 0.003 for weights in bfloat16.
constexpr double kRmsOfFloat16 = 0.0015;

START_TEST(weights_stored_in_float16_are_as_good_as_float32) {
  const c10::InferenceMode inference;
  const Exact exact;
  const auto half =
      compared(exact, stored_as(at::kHalf, exact.weights), at::kFloat, "stored in float16");
  ck_assert_double_le(half.rms, kRmsOfFloat16);
  ck_assert_double_ge(half.same_captions, 0.97);  // all but one
  const auto bfloat16 =
      compared(exact, stored_as(at::kBFloat16, exact.weights), at::kFloat, "stored in bfloat16");
  ck_assert_double_gt(bfloat16.rms, kRmsOfFloat16);
  ck_assert_double_le(bfloat16.rms, kRmsOfBfloat16);
}
END_TEST

// The likeliest token changes where two are nearly as likely, and everything after it with it.
// Measured: 0.996 of the tokens and 0.97 of the captions are the same.
constexpr double kLeastSameTokens = 0.98;
constexpr double kLeastSameCaptions = 0.85;

START_TEST(greedy_captions_are_the_same_in_bfloat16_but_for_a_few) {
  const c10::InferenceMode inference;
  const Exact exact;
  const auto rounded = compared(exact, stored_as(at::kHalf, exact.weights), at::kBFloat16,
                                "stored in float16, computed in bfloat16");
  ck_assert_double_ge(rounded.same_tokens, kLeastSameTokens);
  ck_assert_double_ge(rounded.same_captions, kLeastSameCaptions);
  // The bounds would notice four bits fewer.
  const auto cut = compared(exact, cut_to(3, exact.weights), at::kFloat, "weights cut to 3 bits");
  ck_assert_double_lt(cut.same_tokens, kLeastSameTokens);
  ck_assert_double_lt(cut.same_captions, kLeastSameCaptions);
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  Suite* suite = suite_create("precision");
  TCase* tests = tcase_create("precision");
  tcase_add_test(tests, dali::computing_in_bfloat16_moves_logits_by_a_hundredth_of_their_spread);
  tcase_add_test(tests, dali::weights_stored_in_float16_are_as_good_as_float32);
  tcase_add_test(tests, dali::greedy_captions_are_the_same_in_bfloat16_but_for_a_few);
  suite_add_tcase(suite, tests);
  return dali::run_suite(suite);
}
