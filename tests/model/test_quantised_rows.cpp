// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/quantised_rows.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/quantised_weights.h"

namespace {

using dali::QuantisedRows;
using dali::scattered_numbers;

QuantisedRows quantised(const std::vector<float>& values, std::int64_t rows) {
  QuantisedRows result;
  const auto inputs = static_cast<std::int64_t>(values.size()) / rows;
  dali::quantise_rows(values.data(), rows, inputs, inputs, result);
  return result;
}

// What the codes of all steps stand for, [rows, inputs].
std::vector<double> dequantised(const QuantisedRows& rows) {
  const auto inputs = static_cast<std::size_t>(rows.inputs);
  std::vector<double> values(static_cast<std::size_t>(rows.rows) * inputs);
  const std::size_t steps = rows.step_groups.size();
  for (std::size_t position = 0; position < rows.scales.size(); ++position) {
    const auto group = static_cast<std::size_t>(rows.step_groups[position % steps]);
    for (std::size_t i = 0; i < 32; ++i) {
      values[position / steps * inputs + group * 32 + i] +=
          static_cast<double>(rows.scales[position]) * rows.codes[position * 32 + i];
    }
  }
  return values;
}

// Llama's hidden states: a few channels, the same in all rows, some hundred times the rest. Two of
// these share a group.
constexpr std::size_t kOutliers[] = {5, 70, 77};

std::vector<float> with_outliers(std::vector<float> values, std::size_t inputs, float magnitude) {
  for (std::size_t row = 0; row < values.size() / inputs; ++row) {
    for (const std::size_t channel : kOutliers) {
      // Not all on a code of the largest.
      values[row * inputs + channel] = channel % 2 == 0 ? magnitude : -0.73f * magnitude;
    }
  }
  return values;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float left, float right) {
    return std::bit_cast<std::uint32_t>(left) == std::bit_cast<std::uint32_t>(right);
  });
}

}  // namespace

// Half a step of largest / 127; the roundings of scale and quotient are a millionth of that.
START_TEST(a_number_is_half_a_step_away_at_most) {
  const auto values = scattered_numbers(3 * 96, 1);
  const QuantisedRows rows = quantised(values, 3);
  ck_assert_uint_eq(rows.step_groups.size(), 3);
  const auto back = dequantised(rows);
  for (std::size_t i = 0; i < values.size(); ++i) {
    float largest = 0.0f;
    for (std::size_t j = i / 32 * 32; j < i / 32 * 32 + 32; ++j) {
      largest = std::max(largest, std::fabs(values[j]));
    }
    ck_assert_double_le(std::fabs(back[i] - static_cast<double>(values[i])),
                        static_cast<double>(largest) / 254.0 * (1.0 + 1e-4));
  }
}
END_TEST

START_TEST(sums_are_those_of_the_codes) {
  const QuantisedRows rows = quantised(with_outliers(scattered_numbers(3 * 96, 2), 96, 300.0f), 3);
  for (std::size_t position = 0; position < rows.sums.size(); ++position) {
    int sum = 0;
    for (std::size_t i = 0; i < 32; ++i) sum += rows.codes[position * 32 + i];
    ck_assert_int_eq(rows.sums[position], sum);
  }
}
END_TEST

// The first step is a 127th of the largest, so at most half of that is left over, and half of a
// 127th of what is left over after the second: largest / 254².
START_TEST(outliers_leave_the_others_their_precision) {
  const float magnitude = _i == 0 ? 100.0f : 1000.0f;
  const auto values = with_outliers(scattered_numbers(7 * 128, 3), 128, magnitude);
  const QuantisedRows rows = quantised(values, 7);
  const std::vector<std::int32_t> expected_groups = {0, 0, 1, 2, 2, 3};
  ck_assert(rows.step_groups == expected_groups);
  const auto back = dequantised(rows);
  double error = 0.0;
  double others = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t channel = i % 128;
    if (channel / 32 % 2 != 0) continue;
    float largest = 0.0f;
    for (std::size_t j = i / 32 * 32; j < i / 32 * 32 + 32; ++j) {
      largest = std::max(largest, std::fabs(values[j]));
    }
    const double difference = std::fabs(back[i] - static_cast<double>(values[i]));
    ck_assert_double_le(difference, static_cast<double>(largest) / (254.0 * 254.0) * 1.001);
    if (std::ranges::find(kOutliers, channel) != std::end(kOutliers)) continue;
    error += difference * difference;
    others += std::pow(static_cast<double>(values[i]), 2);
  }
  // Uniform in a step of at most largest / 254 / 127: for 1000 it is 0.031, of which 1 / √12 is 0.9
  // % of numbers whose standard deviation is 1. Where nothing large is left over, the others have
  // the step that they would have alone, of some 2.5 / 127: 0.6 %. One step alone leaves none of
  // them.
  ck_assert_double_lt(std::sqrt(error / others), 0.01);
}
END_TEST

START_TEST(a_row_without_outliers_has_zeros_for_the_second_step) {
  auto values = scattered_numbers(2 * 64, 4);
  values[3] = 400.0f;
  const QuantisedRows rows = quantised(values, 2);
  const QuantisedRows alone = quantised({values.begin() + 64, values.end()}, 1);
  ck_assert(rows.step_groups == std::vector<std::int32_t>({0, 0, 1}));
  ck_assert(alone.step_groups == std::vector<std::int32_t>({0, 1}));
  ck_assert_float_gt(rows.scales[1], 0.0f);
  ck_assert_float_eq(rows.scales[3], alone.scales[0]);
  ck_assert_float_eq(rows.scales[4], 0.0f);
  ck_assert_float_eq(rows.scales[5], alone.scales[1]);
  ck_assert(std::equal(alone.codes.begin(), alone.codes.begin() + 32, rows.codes.begin() + 3 * 32));
  ck_assert(std::all_of(rows.codes.begin() + 4 * 32, rows.codes.begin() + 5 * 32,
                        [](std::int8_t code) { return code == 0; }));
}
END_TEST

// Seven of eight numbers of a group have to be lost, and zeros never are.
START_TEST(few_numbers_among_zeros_are_no_outliers) {
  std::vector<float> values(64);
  values[7] = 3.0f;
  values[40] = -2.0f;
  values[41] = 0.01f;
  ck_assert_uint_eq(quantised(values, 1).step_groups.size(), 2);
}
END_TEST

START_TEST(groups_of_zeros_or_next_to_nothing_have_no_scale) {
  std::vector<float> values(96);
  std::fill_n(values.begin() + 32, 32, std::numeric_limits<float>::denorm_min());
  values[64] = 1.0f;
  const QuantisedRows rows = quantised(values, 1);
  ck_assert_float_eq(rows.scales[0], 0.0f);
  ck_assert_float_eq(rows.scales[1], 0.0f);
  ck_assert_float_gt(rows.scales[2], 0.0f);
  ck_assert(std::all_of(rows.codes.begin(), rows.codes.begin() + 64,
                        [](std::int8_t code) { return code == 0; }));
}
END_TEST

// Codes must not depend on the processor: ties, what is not finite and the smallest numbers among
// them.
START_TEST(the_same_bits_come_out_on_every_processor) {
  auto values = with_outliers(scattered_numbers(9 * 160, 5), 160, 700.0f);
  for (int i = 0; i < 32; ++i) {
    values[static_cast<std::size_t>(160 + i)] = static_cast<float>(i) - 15.5f;  // and 127 times 1/2
    values[static_cast<std::size_t>(192 + i)] = std::ldexp(1.0f, -90 - i);
  }
  values[160] = 127.0f;
  values[330] = std::numeric_limits<float>::infinity();
  values[500] = -std::numeric_limits<float>::quiet_NaN();
  values[700] = std::numeric_limits<float>::max();
  QuantisedRows expected;
  dali::quantise_rows_by(dali::InstructionSet::kPortable, values.data(), 9, 160, 160, expected);
  for (const auto instructions : dali::usable_instruction_sets()) {
    QuantisedRows rows;
    dali::quantise_rows_by(instructions, values.data(), 9, 160, 160, rows);
    ck_assert(rows.step_groups == expected.step_groups);
    ck_assert(rows.codes == expected.codes);
    ck_assert(rows.sums == expected.sums);
    ck_assert(same_bits(rows.scales, expected.scales));
  }
}
END_TEST

START_TEST(rows_lie_a_stride_apart_and_memory_is_used_again) {
  const auto values = with_outliers(scattered_numbers(4 * 128, 6), 128, 300.0f);
  std::vector<float> spread(4 * 131);
  for (std::size_t i = 0; i < values.size(); ++i) spread[i / 128 * 131 + i % 128] = values[i];
  QuantisedRows rows = quantised(scattered_numbers(5 * 256, 7), 5);
  dali::quantise_rows(spread.data(), 4, 128, 131, rows);
  const QuantisedRows expected = quantised(values, 4);
  ck_assert_int_eq(rows.rows, 4);
  ck_assert_int_eq(rows.inputs, 128);
  ck_assert(rows.step_groups == expected.step_groups);
  ck_assert(rows.codes == expected.codes);
  ck_assert(rows.scales == expected.scales);
  ck_assert(rows.sums == expected.sums);
}
END_TEST

int main() {
  Suite* suite = suite_create("quantised_rows");
  TCase* cases = tcase_create("quantised_rows");
  tcase_add_test(cases, a_number_is_half_a_step_away_at_most);
  tcase_add_test(cases, sums_are_those_of_the_codes);
  tcase_add_loop_test(cases, outliers_leave_the_others_their_precision, 0, 2);
  tcase_add_test(cases, a_row_without_outliers_has_zeros_for_the_second_step);
  tcase_add_test(cases, few_numbers_among_zeros_are_no_outliers);
  tcase_add_test(cases, groups_of_zeros_or_next_to_nothing_have_no_scale);
  tcase_add_test(cases, the_same_bits_come_out_on_every_processor);
  tcase_add_test(cases, rows_lie_a_stride_apart_and_memory_is_used_again);
  suite_add_tcase(suite, cases);
  return dali::run_suite(suite);
}
