// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>

#include <limits>

#include "model/language/projector.h"
#include "model/tensor/weight_initialisation.h"
#include "model/weights/load_weights.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace dali {
namespace {

const ProjectorConfig kConfig = {.input_width = 3, .output_width = 2};

TensorMap projector_weights() {
  return {{"p.expand.weight", at::arange(6).reshape({2, 3}).to(at::kFloat)},
          {"p.expand.bias", at::full({2}, 1.0)},
          {"p.contract.weight", at::full({2, 2}, 0.5)},
          {"p.contract.bias", at::full({2}, -1.0)},
          {"somewhere.else", at::full({2}, 9.0)}};
}

std::string load_error(const TensorMap& tensors) {
  Projector projector(kConfig);
  return error_message_of<std::runtime_error>(
      [&] { load_weights(*projector, "p.", tensors, {.source = "dir/model"}); });
}

START_TEST(every_weight_finds_its_place) {
  const UnsetWeights unset;
  Projector projector(kConfig);
  load_weights(*projector, "p.", projector_weights());
  for (const auto& [name, weight] : weights_of(*projector, "p.")) {
    ck_assert_msg(at::equal(weight.detach(), projector_weights().at(name)), "%s", name.c_str());
  }
  ck_assert(projector->expand->weight.requires_grad());
}
END_TEST

START_TEST(a_weight_of_the_right_dtype_is_moved_and_not_copied) {
  const TensorMap tensors = projector_weights();
  Projector projector(kConfig);
  load_weights(*projector, "p.", tensors);
  ck_assert(projector->expand->weight.data_ptr() == tensors.at("p.expand.weight").data_ptr());
}
END_TEST

START_TEST(a_module_keeps_its_dtype_unless_told_otherwise) {
  TensorMap tensors;
  for (const auto& [name, tensor] : projector_weights()) tensors[name] = tensor.to(at::kBFloat16);
  Projector projector(kConfig);
  load_weights(*projector, "p.", tensors);
  ck_assert(projector->expand->weight.scalar_type() == at::kFloat);
  load_weights(*projector, "p.", tensors, {.dtype = at::kBFloat16});
  ck_assert(projector->expand->weight.scalar_type() == at::kBFloat16);
}
END_TEST

START_TEST(weights_that_are_written_load_again) {
  const TemporaryDirectory directory;
  Projector written(kConfig);
  save_safetensors(directory / "p.safetensors", weights_of(*written, "p."));
  Projector read(kConfig);
  load_weights(*read, "p.", open_safetensors(directory / "p.safetensors").tensors());
  ck_assert(at::equal(written->expand->weight, read->expand->weight));
}
END_TEST

START_TEST(a_missing_tensor_is_named_with_its_shape) {
  TensorMap tensors = projector_weights();
  tensors.erase("p.expand.weight");
  const auto message = load_error(tensors);
  expect_one_line_with(message, "dir/model: missing 'p.expand.weight'");
  expect_one_line_with(message, "[2, 3]");
}
END_TEST

START_TEST(a_tensor_without_a_place_is_named) {
  TensorMap tensors = projector_weights();
  tensors["p.gate"] = at::full({5}, 1.0);
  expect_one_line_with(load_error(tensors), "no place for 'p.gate'");
}
END_TEST

START_TEST(a_wrong_shape_is_named_beside_the_right_one) {
  TensorMap tensors = projector_weights();
  tensors["p.expand.weight"] = at::full({3, 2}, 1.0);
  expect_one_line_with(load_error(tensors),
                       "'p.expand.weight' has shape [3, 2], the configuration wants [2, 3]");
}
END_TEST

START_TEST(numbers_that_are_not_finite_are_refused) {
  const double kNaN = std::numeric_limits<double>::quiet_NaN();
  const double kInfinity = std::numeric_limits<double>::infinity();
  for (const auto dtype : {at::kFloat, at::kBFloat16, at::kHalf}) {
    for (const double wrong : {kNaN, kInfinity, -kInfinity}) {
      TensorMap tensors = projector_weights();
      tensors["p.contract.weight"] = at::full({2, 2}, 1.0, dtype);
      tensors["p.contract.weight"][1][1] = wrong;
      expect_one_line_with(load_error(tensors), "'p.contract.weight' holds NaN or an infinity");
    }
  }
}
END_TEST

START_TEST(large_numbers_whose_sum_runs_over_are_accepted) {
  TensorMap tensors = projector_weights();
  tensors["p.contract.weight"] = at::full({2, 2}, 60000.0, at::kHalf);
  Projector projector(kConfig);
  load_weights(*projector, "p.", tensors);
}
END_TEST

START_TEST(integers_are_not_weights) {
  TensorMap tensors = projector_weights();
  tensors["p.contract.bias"] = at::full({2}, 1, at::kInt);
  expect_one_line_with(load_error(tensors), "'p.contract.bias'");
}
END_TEST

START_TEST(a_failed_load_changes_nothing) {
  TensorMap tensors = projector_weights();
  tensors["p.expand.weight"][0][0] = std::numeric_limits<float>::quiet_NaN();
  Projector projector(kConfig);
  const at::Tensor before = projector->contract->bias.detach().clone();
  error_message_of<std::runtime_error>([&] { load_weights(*projector, "p.", tensors); });
  ck_assert(at::equal(projector->contract->bias, before));
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("load-weights");
  TCase* good = tcase_create("good");
  tcase_add_test(good, every_weight_finds_its_place);
  tcase_add_test(good, a_weight_of_the_right_dtype_is_moved_and_not_copied);
  tcase_add_test(good, a_module_keeps_its_dtype_unless_told_otherwise);
  tcase_add_test(good, weights_that_are_written_load_again);
  tcase_add_test(good, large_numbers_whose_sum_runs_over_are_accepted);
  suite_add_tcase(suite, good);
  TCase* hostile = tcase_create("hostile");
  tcase_add_test(hostile, a_missing_tensor_is_named_with_its_shape);
  tcase_add_test(hostile, a_tensor_without_a_place_is_named);
  tcase_add_test(hostile, a_wrong_shape_is_named_beside_the_right_one);
  tcase_add_test(hostile, numbers_that_are_not_finite_are_refused);
  tcase_add_test(hostile, integers_are_not_weights);
  tcase_add_test(hostile, a_failed_load_changes_nothing);
  suite_add_tcase(suite, hostile);
  return run_suite(suite);
}
