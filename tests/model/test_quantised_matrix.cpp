// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/quantised_matrix.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/quantised_weights.h"

namespace {

using dali::dequantise;
using dali::kGroupInputs;
using dali::QuantisedLayout;
using dali::QuantisedWeights;
using dali::scattered_numbers;
using dali::WeightFormat;

constexpr WeightFormat kFormats[] = {WeightFormat::kInt8, WeightFormat::kInt4};

std::vector<float> dequantised(const QuantisedWeights& weights) {
  const QuantisedLayout& layout = weights.layout;
  std::vector<float> numbers(static_cast<std::size_t>(layout.outputs * layout.inputs));
  dequantise(weights.matrix(), 0, layout.outputs, numbers);
  return numbers;
}

float largest_of(const float* group) {
  float largest = 0.0f;
  for (int i = 0; i < kGroupInputs; ++i) largest = std::max(largest, std::fabs(group[i]));
  return largest;
}

}  // namespace

// Half a step: the scale is at most 1/127 of the largest weight, rounded up to 8 bits (a factor of
// at most 1 + 2⁻⁷).
START_TEST(a_weight_of_8_bits_is_half_a_step_away_at_most) {
  const QuantisedWeights weights({WeightFormat::kInt8, 37, 96}, scattered_numbers(37 * 96, 1));
  const std::vector<float> numbers = dequantised(weights);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const float largest = largest_of(&weights.numbers[i / kGroupInputs * kGroupInputs]);
    const float bound = largest / 127.0f * (1.0f + 0x1p-7f) / 2.0f * (1.0f + 1e-5f);
    ck_assert_float_le(std::fabs(numbers[i] - weights.numbers[i]), bound);
  }
}
END_TEST

// The simplest grid has the step largest / 7 and no level -8. One with the extreme weight on -8
// leaves 78 % of its squared error for a normal distribution; to come below 75 % takes a choice.
START_TEST(weights_of_4_bits_lie_nearer_than_on_the_simplest_grid) {
  const QuantisedWeights weights({WeightFormat::kInt4, 48, 512}, scattered_numbers(48 * 512, 2));
  const std::vector<float> numbers = dequantised(weights);
  double error = 0.0;
  double simplest = 0.0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const double step = largest_of(&weights.numbers[i / kGroupInputs * kGroupInputs]) / 7.0;
    const double nearest = step * std::nearbyint(weights.numbers[i] / step);
    error += std::pow(numbers[i] - weights.numbers[i], 2);
    simplest += std::pow(nearest - weights.numbers[i], 2);
  }
  ck_assert_double_lt(error, 0.75 * simplest);
}
END_TEST

START_TEST(a_group_of_zeros_stays_zero_and_has_no_scale) {
  for (const WeightFormat format : kFormats) {
    std::vector<float> numbers = scattered_numbers(16 * 64, 3);
    for (std::size_t i = 32; i < 64; ++i) numbers[i] = 0.0f;
    const QuantisedWeights weights({format, 16, 64}, numbers);
    ck_assert_uint_eq(weights.scales[16], 0);
    const std::vector<float> back = dequantised(weights);
    for (std::size_t i = 32; i < 64; ++i) ck_assert_float_eq(back[i], 0.0f);
    ck_assert_float_ne(back[0], 0.0f);
  }
}
END_TEST

// Multiples of one power of two: the scale is exact, and so is every weight.
START_TEST(a_weight_lies_where_the_layout_says) {
  for (const WeightFormat format : kFormats) {
    const bool is_int8 = format == WeightFormat::kInt8;
    std::vector<float> numbers(32 * 96);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const int level =
          is_int8 ? static_cast<int>(i * 37 % 255) - 127 : static_cast<int>(i * 5 % 16) - 8;
      numbers[i] = static_cast<float>(level) * 0.25f;
    }
    for (std::size_t i = 0; i < numbers.size(); i += 32) numbers[i] = is_int8 ? 127 * 0.25f : -2.0f;
    const QuantisedWeights weights({format, 32, 96}, numbers);
    ck_assert(dequantised(weights) == numbers);
    const QuantisedLayout& layout = weights.layout;
    for (std::int64_t output = 0; output < 32; ++output) {
      for (std::int64_t input = 0; input < 96; ++input) {
        const std::int64_t place = output / 16 * layout.groups() + input / 32;
        const std::uint8_t* group =
            &weights.codes[static_cast<std::size_t>(place * layout.group_bytes())];
        const std::int64_t i = input % 32;
        const int code = is_int8     ? group[(i / 4 * 16 + output % 16) * 4 + i % 4]
                         : i % 8 < 4 ? group[(i / 8 * 16 + output % 16) * 4 + i % 4] % 16
                                     : group[(i / 8 * 16 + output % 16) * 4 + i % 4] / 16;
        const float weight = numbers[static_cast<std::size_t>(output * 96 + input)];
        ck_assert_float_eq(static_cast<float>(code - layout.zero()) * 0.25f, weight);
        ck_assert_uint_eq(weights.scales[static_cast<std::size_t>(place * 16 + output % 16)],
                          0x3e80);
      }
    }
  }
}
END_TEST

START_TEST(outputs_are_dequantised_from_where_one_likes) {
  const QuantisedWeights weights({WeightFormat::kInt4, 37, 64}, scattered_numbers(37 * 64, 5));
  const std::vector<float> all = dequantised(weights);
  std::vector<float> some(7 * 64);
  dequantise(weights.matrix(), 15, 22, some);
  ck_assert(std::equal(some.begin(), some.end(), all.begin() + 15 * 64));
}
END_TEST

int main() {
  Suite* suite = suite_create("quantised_matrix");
  TCase* cases = tcase_create("quantised_matrix");
  tcase_add_test(cases, a_weight_of_8_bits_is_half_a_step_away_at_most);
  tcase_add_test(cases, weights_of_4_bits_lie_nearer_than_on_the_simplest_grid);
  tcase_add_test(cases, a_group_of_zeros_stays_zero_and_has_no_scale);
  tcase_add_test(cases, a_weight_lies_where_the_layout_says);
  tcase_add_test(cases, outputs_are_dequantised_from_where_one_likes);
  suite_add_tcase(suite, cases);
  return dali::run_suite(suite);
}
