// SPDX-License-Identifier: LGPL-2.1-or-later
// Every kernel that this processor can run. Integer sums are exact; of a row's sum over groups each
// of `steps` terms is rounded at most 3 times (two products and, without fma, once more), and each
// addition once: together less than (steps + 3) · 2^-24 of the terms' magnitudes.
#include "model/kernels/quantised_product.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "model/kernels/bfloat16.h"
#include "model/kernels/quantised_matrix.h"
#include "model/kernels/quantised_rows.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/quantised_weights.h"

namespace {

using dali::QuantisedMatrix;
using dali::QuantisedRows;
using dali::QuantisedWeights;
using dali::scattered_numbers;
using dali::WeightFormat;

constexpr WeightFormat kFormats[] = {WeightFormat::kInt8, WeightFormat::kInt4};
constexpr float kUntouched = 12345.0f;

QuantisedRows quantised_rows(const std::vector<float>& values, std::int64_t inputs) {
  QuantisedRows rows;
  const auto count = static_cast<std::int64_t>(values.size()) / inputs;
  dali::quantise_rows(values.data(), count, inputs, inputs, rows);
  return rows;
}

// Numbers with outliers in one channel of the first row, so that some group has two steps.
std::vector<float> values_with_outlier(std::int64_t rows, std::int64_t inputs, std::uint64_t seed) {
  auto values = scattered_numbers(static_cast<std::size_t>(rows * inputs), seed);
  values[static_cast<std::size_t>(inputs / 2)] = 300.0f;
  return values;
}

int code_of(const QuantisedMatrix& matrix, std::int64_t output, std::int64_t input) {
  const std::int64_t place = output / 16 * matrix.layout.groups() + input / 32;
  const std::uint8_t* group = matrix.codes + place * matrix.layout.group_bytes();
  const std::int64_t i = input % 32;
  if (matrix.layout.format == WeightFormat::kInt8) {
    return group[(i / 4 * 16 + output % 16) * 4 + i % 4] - 128;
  }
  const int both = group[(i / 8 * 16 + output % 16) * 4 + i % 4];
  return (i % 8 < 4 ? both % 16 : both / 16) - 8;
}

struct Expected {
  double sum = 0.0;
  double magnitudes = 0.0;  // of its terms
};

// By the layout's definition, in double.
Expected expected_product(const QuantisedRows& rows, const QuantisedMatrix& matrix,
                          std::int64_t row, std::int64_t output) {
  Expected expected;
  const auto steps = static_cast<std::int64_t>(rows.step_groups.size());
  for (std::int64_t step = 0; step < steps; ++step) {
    const auto position = static_cast<std::size_t>(row * steps + step);
    const std::int64_t group = rows.step_groups[static_cast<std::size_t>(step)];
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < 32; ++i) {
      sum += code_of(matrix, output, group * 32 + i) *
             rows.codes[position * 32 + static_cast<std::size_t>(i)];
    }
    const std::int64_t place = output / 16 * matrix.layout.groups() + group;
    const double term =
        static_cast<double>(sum) * static_cast<double>(rows.scales[position]) *
        static_cast<double>(dali::from_bfloat16(matrix.scales[place * 16 + output % 16]));
    expected.sum += term;
    expected.magnitudes += std::fabs(term);
  }
  return expected;
}

std::vector<float> products(std::string_view kernel, const QuantisedRows& rows,
                            const QuantisedMatrix& matrix, std::int64_t stride) {
  std::vector<float> result(static_cast<std::size_t>(rows.rows * stride), kUntouched);
  dali::multiply_quantised_by(kernel, rows, matrix, 0, matrix.layout.panels(), result.data(),
                              stride);
  return result;
}

void expect_products(std::string_view kernel, const QuantisedRows& rows,
                     const QuantisedMatrix& matrix) {
  const std::int64_t outputs = matrix.layout.outputs;
  const std::int64_t stride = outputs + 3;
  const auto result = products(kernel, rows, matrix, stride);
  const auto steps = static_cast<double>(rows.step_groups.size());
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    for (std::int64_t output = 0; output < stride; ++output) {
      const float number = result[static_cast<std::size_t>(row * stride + output)];
      if (output >= outputs) {
        ck_assert_float_eq(number, kUntouched);
        continue;
      }
      const Expected expected = expected_product(rows, matrix, row, output);
      const double error = std::fabs(static_cast<double>(number) - expected.sum);
      ck_assert_msg(
          error <= (steps + 3.0) * 0x1p-24 * expected.magnitudes,
          "%s, %d bits, %d rows of %d, row %d, output %d: %g instead of %g",
          std::string(kernel).c_str(), matrix.layout.format == WeightFormat::kInt8 ? 8 : 4,
          static_cast<int>(rows.rows), static_cast<int>(rows.inputs), static_cast<int>(row),
          static_cast<int>(output), static_cast<double>(number), expected.sum);
    }
  }
}

}  // namespace

// Rows in tiles of 6, outputs in panels of 16 and tiles of 32, groups in spans of 128: tails of
// each.
START_TEST(every_kernel_computes_what_the_codes_stand_for) {
  const WeightFormat format = kFormats[_i];
  for (const std::int64_t inputs : {32, 96, 131 * 32}) {
    for (const std::int64_t outputs : {1, 16, 37, 48}) {
      const auto count = static_cast<std::size_t>(outputs * inputs);
      const QuantisedWeights weights({format, outputs, inputs}, scattered_numbers(count, 1));
      for (std::int64_t rows = 1; rows <= 13; ++rows) {
        const auto quantised = quantised_rows(values_with_outlier(rows, inputs, 2), inputs);
        ck_assert_uint_eq(quantised.step_groups.size(), static_cast<std::size_t>(inputs / 32 + 1));
        for (const auto kernel : dali::quantised_kernels()) {
          expect_products(kernel, quantised, weights.matrix());
        }
      }
    }
  }
}
END_TEST

// More rows than are multiplied before the next weights are read.
START_TEST(every_kernel_computes_many_rows) {
  const QuantisedWeights weights({kFormats[_i], 37, 96}, scattered_numbers(37 * 96, 3));
  const auto quantised = quantised_rows(values_with_outlier(401, 96, 4), 96);
  for (const auto kernel : dali::quantised_kernels()) {
    expect_products(kernel, quantised, weights.matrix());
  }
}
END_TEST

// The largest magnitudes that codes have: 3 groups' sums are whole numbers below 2^24, so exact.
START_TEST(no_kernel_clips_the_largest_codes) {
  const WeightFormat format = kFormats[_i];
  const bool is_int8 = format == WeightFormat::kInt8;
  const dali::QuantisedLayout layout = {format, 16, 96};
  for (const bool is_lowest : {true, false}) {
    const std::uint8_t code = is_lowest ? 0 : 255;  // two codes of 15 where they have 4 bits
    const std::vector<std::uint8_t> codes(static_cast<std::size_t>(layout.code_bytes()), code);
    const std::vector<std::uint16_t> scales(static_cast<std::size_t>(layout.scale_count()), 0x3f80);
    const int level = is_int8 ? (is_lowest ? -128 : 127) : (is_lowest ? -8 : 7);
    for (const int sign : {-1, 1}) {
      for (const std::int64_t count : {1, 6, 20}) {
        const std::vector<float> values(static_cast<std::size_t>(96 * count),
                                        static_cast<float>(sign * 127));
        const auto rows = quantised_rows(values, 96);
        ck_assert_float_eq(rows.scales[0], 1.0f);
        for (const auto kernel : dali::quantised_kernels()) {
          for (const float sum :
               products(kernel, rows, {layout, codes.data(), scales.data()}, 16)) {
            ck_assert_float_eq(sum, static_cast<float>(96 * level * sign * 127));
          }
        }
      }
    }
  }
}
END_TEST

// As threads divide them.
START_TEST(panels_may_be_multiplied_in_parts) {
  const QuantisedWeights weights({kFormats[_i], 107, 96}, scattered_numbers(107 * 96, 5));
  for (const std::int64_t count : {1, 4, 15}) {
    const auto rows = quantised_rows(values_with_outlier(count, 96, 6), 96);
    for (const auto kernel : dali::quantised_kernels()) {
      const auto whole = products(kernel, rows, weights.matrix(), 107);
      std::vector<float> parts(whole.size(), kUntouched);
      for (const auto& [first, end] : {std::pair{3, 7}, {0, 1}, {1, 3}}) {
        dali::multiply_quantised_by(kernel, rows, weights.matrix(), first, end, parts.data(), 107);
      }
      ck_assert(parts == whole);
    }
  }
}
END_TEST

// Also where another row has a second step for a group, which this one then has, too.
START_TEST(a_row_comes_out_the_same_among_others_as_alone) {
  constexpr std::int64_t kInputs = 131 * 32;
  const QuantisedWeights weights({kFormats[_i], 37, kInputs}, scattered_numbers(37 * kInputs, 7));
  for (const std::int64_t count : {2, 7, 15, 205}) {
    const auto values = values_with_outlier(count, kInputs, 8);
    const auto rows = quantised_rows(values, kInputs);
    for (const auto kernel : dali::quantised_kernels()) {
      const auto together = products(kernel, rows, weights.matrix(), 37);
      for (const std::int64_t row : {std::int64_t{0}, count / 2, count - 1}) {
        const auto first = values.begin() + row * kInputs;
        const auto alone = products(kernel, quantised_rows({first, first + kInputs}, kInputs),
                                    weights.matrix(), 37);
        ck_assert(std::equal(alone.begin(), alone.end(), together.begin() + row * 37));
      }
    }
  }
}
END_TEST

START_TEST(groups_of_zeros_add_nothing) {
  const QuantisedWeights weights({kFormats[_i], 20, 128}, scattered_numbers(20 * 128, 9));
  auto values = scattered_numbers(3 * 128, 10);
  std::fill_n(values.begin() + 32, 64, 0.0f);    // two groups of the first row
  std::fill_n(values.begin() + 128, 128, 0.0f);  // all of the second
  const auto rows = quantised_rows(values, 128);
  for (const auto kernel : dali::quantised_kernels()) {
    expect_products(kernel, rows, weights.matrix());
    const auto result = products(kernel, rows, weights.matrix(), 20);
    for (std::size_t output = 20; output < 40; ++output) ck_assert_float_eq(result[output], 0.0f);
    ck_assert_float_ne(result[0], 0.0f);
  }
}
END_TEST

// Whoever looks at what comes out sees that something went wrong: nothing plausible stands there.
START_TEST(a_number_that_is_not_finite_makes_all_of_its_row_not_a_number) {
  const QuantisedWeights weights({kFormats[_i], 20, 96}, scattered_numbers(20 * 96, 11));
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()}) {
    auto values = scattered_numbers(3 * 96, 12);
    values[96 + 40] = bad;
    const auto rows = quantised_rows(values, 96);
    for (const auto kernel : dali::quantised_kernels()) {
      const auto result = products(kernel, rows, weights.matrix(), 20);
      for (std::size_t i = 0; i < result.size(); ++i) {
        ck_assert_int_eq(std::isnan(result[i]), i / 20 == 1);
      }
    }
  }
}
END_TEST

START_TEST(the_best_kernel_is_the_one_that_is_used) {
  const QuantisedWeights weights({kFormats[_i], 37, 96}, scattered_numbers(37 * 96, 13));
  const auto rows = quantised_rows(values_with_outlier(7, 96, 14), 96);
  std::vector<float> result(7 * 37);
  dali::multiply_quantised(rows, weights.matrix(), 0, 3, result.data(), 37);
  ck_assert(result == products(dali::quantised_kernels().back(), rows, weights.matrix(), 37));
}
END_TEST

START_TEST(onednns_variable_holds_kernels_back) {
  constexpr struct {
    const char* value;
    const char* refused;  // part of a name
  } kCases[] = {{"SSE41", "avx"},
                {"avx", "avx"},
                {"AVX2", "vnni"},
                {"AVX2_VNNI", "avx512"},
                {"AVX512_CORE", "vnni"}};
  ::setenv("ONEDNN_MAX_CPU_ISA", kCases[_i].value, 1);
  const auto kernels = dali::quantised_kernels();
  ck_assert(kernels.front() == "portable");
  for (const auto kernel : kernels) {
    ck_assert_msg(kernel.find(kCases[_i].refused) == std::string_view::npos, "%s with %s",
                  std::string(kernel).c_str(), kCases[_i].value);
  }
}
END_TEST

int main() {
  for (const std::string_view kernel : {"avx2", "avx-vnni", "avx512-vnni"}) {
    const auto kernels = dali::quantised_kernels();
    if (std::ranges::find(kernels, kernel) != kernels.end()) continue;
    std::printf(
        "not run: %s, whose instructions this processor lacks or ONEDNN_MAX_CPU_ISA refuses\n",
        std::string(kernel).c_str());
  }
  std::fflush(stdout);
  Suite* suite = suite_create("quantised_product");
  TCase* cases = tcase_create("quantised_product");
  tcase_add_loop_test(cases, every_kernel_computes_what_the_codes_stand_for, 0, 2);
  tcase_add_loop_test(cases, every_kernel_computes_many_rows, 0, 2);
  tcase_add_loop_test(cases, no_kernel_clips_the_largest_codes, 0, 2);
  tcase_add_loop_test(cases, panels_may_be_multiplied_in_parts, 0, 2);
  tcase_add_loop_test(cases, a_row_comes_out_the_same_among_others_as_alone, 0, 2);
  tcase_add_loop_test(cases, groups_of_zeros_add_nothing, 0, 2);
  tcase_add_loop_test(cases, a_number_that_is_not_finite_makes_all_of_its_row_not_a_number, 0, 2);
  tcase_add_loop_test(cases, the_best_kernel_is_the_one_that_is_used, 0, 2);
  tcase_add_loop_test(cases, onednns_variable_holds_kernels_back, 0, 5);
  suite_add_tcase(suite, cases);
  return dali::run_suite(suite);
}
