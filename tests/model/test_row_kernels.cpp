// SPDX-License-Identifier: LGPL-2.1-or-later
// What a layer does to rows between its products, with the kernels of every set of instructions
// that this processor has, against double precision.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "model/kernels/bfloat16.h"
#include "model/kernels/vector_kernels.h"
#include "tests/support/check_suite.h"
#include "tests/support/quantised_weights.h"

namespace dali {
namespace {

// Lengths around the vectors of 4, 8 and 16.
const std::int64_t kLengths[] = {1, 3, 4, 7, 16, 31, 33, 64, 127};

std::vector<std::uint16_t> cut_off(std::vector<float>& numbers) {
  std::vector<std::uint16_t> halves;
  for (float& number : numbers) {
    std::uint32_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    halves.push_back(static_cast<std::uint16_t>(bits >> 16));
    number = from_bfloat16(halves.back());
  }
  return halves;
}

std::vector<float> numbers_of_size(std::int64_t count, float size, std::uint64_t seed) {
  auto numbers = scattered_numbers(static_cast<std::size_t>(count), seed);
  for (float& number : numbers) number *= size;
  return numbers;
}

// Everything from where weights are 0 to where they are 1, and numbers whose exponentials leave
// float32.
std::vector<float> arguments() {
  std::vector<float> numbers = {0.0F, -0.0F, 1e-20F, -1e-20F, 88.0F, -88.0F,
                                1e4F, -1e4F, 1e30F,  -1e30F,  1.0F,  -1.0F};
  for (int i = -3000; i <= 3000; ++i) numbers.push_back(static_cast<float>(i) * 0.01F);
  return numbers;
}

double gelu_by_definition(double x) {
  return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
}
double silu_by_definition(double x) {
  return x / (1 + std::exp(-x));
}

START_TEST(activations_equal_their_definitions) {
  const double unit = 0x1p-24;
  for (const auto set : usable_instruction_sets()) {
    const VectorKernels& kernels = kernels_for(set);
    const auto x = arguments();
    const auto count = static_cast<std::int64_t>(x.size());
    auto silu = x;
    auto gelu = x;
    auto quick_gelu = x;
    const std::vector<float> factor(x.size(), 0.5F);
    kernels.silu_product(silu.data(), factor.data(), count);
    kernels.gelu(gelu.data(), false, count);
    kernels.quick_gelu(quick_gelu.data(), false, count);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double exact = x[i];
      // The sigmoid has a relative error of the exponential's 3 units, of its argument's rounding
      // in proportion to it, and of three more operations; beyond the exponents of float32 it is
      // 2^-127 where it should be 0.
      const double relative = (8 + 4 * std::abs(exact)) * unit;
      const double beyond = std::abs(exact) * 0x1p-126;
      const double silu_expected = 0.5 * silu_by_definition(exact);
      ck_assert_double_le(std::abs(silu[i] - silu_expected),
                          relative * std::abs(silu_expected) + beyond);
      const double quick_expected = silu_by_definition(1.702 * exact) / 1.702;
      ck_assert_double_le(std::abs(quick_gelu[i] - quick_expected),
                          2 * relative * std::abs(quick_expected) + beyond);
      ck_assert_double_le(std::abs(gelu[i] - gelu_by_definition(exact)),
                          (1.5e-7 / 2 + 4 * unit) * std::abs(exact));
    }
  }
}
END_TEST

START_TEST(activations_keep_nan_and_take_any_length_and_bfloat16) {
  for (const auto set : usable_instruction_sets()) {
    const VectorKernels& kernels = kernels_for(set);
    for (const auto length : kLengths) {
      auto x = numbers_of_size(length, 2.0F, 5);
      auto gelu = cut_off(x);
      auto quick_gelu = gelu;
      gelu.push_back(0x1234);  // the neighbour, which nobody touches
      kernels.gelu(gelu.data(), true, length);
      kernels.quick_gelu(quick_gelu.data(), true, length);
      auto silu = x;
      silu.back() = std::numeric_limits<float>::quiet_NaN();
      const auto factor = numbers_of_size(length, 1.0F, 6);
      kernels.silu_product(silu.data(), factor.data(), length);
      ck_assert(std::isnan(silu.back()));
      ck_assert_uint_eq(gelu.back(), 0x1234);
      for (std::size_t i = 0; i < x.size(); ++i) {
        // Half a unit of bfloat16, and a little for what was rounded before.
        const double half = 0x1p-8 * 1.001;
        const double gelu_expected = gelu_by_definition(x[i]);
        ck_assert_double_le(std::abs(from_bfloat16(gelu[i]) - gelu_expected),
                            half * std::abs(gelu_expected) + 1e-6);
        const double quick_expected = silu_by_definition(1.702 * x[i]) / 1.702;
        ck_assert_double_le(std::abs(from_bfloat16(quick_gelu[i]) - quick_expected),
                            half * std::abs(quick_expected) + 1e-6);
        if (i + 1 == x.size()) continue;
        const double expected = silu_by_definition(x[i]) * factor[i];
        ck_assert_double_le(std::abs(silu[i] - expected), 40 * 0x1p-24 * std::abs(expected));
      }
    }
  }
}
END_TEST

START_TEST(the_norm_equals_its_definition) {
  for (const auto set : usable_instruction_sets()) {
    for (const auto width : kLengths) {
      for (const float size : {1e-3F, 100.0F}) {
        const auto row = numbers_of_size(width, size, 7);
        auto weight = numbers_of_size(width, 1.0F, 8);
        const auto halves = cut_off(weight);
        const double epsilon = 1e-5;
        double squares = 0;
        for (const float number : row) squares += static_cast<double>(number) * number;
        const double scale = 1 / std::sqrt(squares / static_cast<double>(width) + epsilon);
        for (const bool is_bfloat16 : {false, true}) {
          std::vector<float> result(row.size());
          kernels_for(set).rms_norm(
              row.data(), is_bfloat16 ? static_cast<const void*>(halves.data()) : weight.data(),
              is_bfloat16, width, static_cast<float>(epsilon), result.data());
          for (std::size_t i = 0; i < row.size(); ++i) {
            const double expected = row[i] * scale * weight[i];
            // Squares are added up with a rounding each, of which the root takes half.
            ck_assert_double_le(
                std::abs(result[i] - expected),
                (static_cast<double>(width) / 2 + 6) * 0x1p-24 * std::abs(expected));
          }
        }
      }
    }
  }
}
END_TEST

START_TEST(turning_a_head_equals_its_definition) {
  for (const auto set : usable_instruction_sets()) {
    for (const std::size_t half : {1U, 3U, 8U, 17U, 32U, 64U}) {
      const auto width = static_cast<std::int64_t>(2 * half);
      const auto x = numbers_of_size(width, 1.0F, 9);
      const auto cosines = numbers_of_size(width, 1.0F, 10);
      const auto sines = numbers_of_size(width, 1.0F, 11);
      auto turned = x;
      kernels_for(set).rotate(turned.data(), cosines.data(), sines.data(), width);
      for (std::size_t i = 0; i < 2 * half; ++i) {
        const double own = static_cast<double>(x[i]) * cosines[i];
        const double partner = static_cast<double>(x[(i + half) % (2 * half)]) * sines[i];
        ck_assert_double_le(std::abs(turned[i] - (own + partner)),
                            2 * 0x1p-24 * (std::abs(own) + std::abs(partner)));
      }
    }
  }
}
END_TEST

START_TEST(sums_and_conversions_are_exact) {
  for (const auto set : usable_instruction_sets()) {
    const VectorKernels& kernels = kernels_for(set);
    for (const auto length : kLengths) {
      auto numbers = numbers_of_size(length, 1.0F, 12);
      const auto exact = numbers;
      std::vector<std::uint16_t> nearest(numbers.size());
      kernels.to_bfloat16(exact.data(), length, nearest.data());
      const auto halves = cut_off(numbers);
      std::vector<float> widened(numbers.size());
      kernels.to_float32(halves.data(), length, widened.data());
      ck_assert(widened == numbers);
      auto sums = exact;
      kernels.add(sums.data(), halves.data(), true, length);
      auto twice = exact;
      kernels.add(twice.data(), exact.data(), false, length);
      for (std::size_t i = 0; i < numbers.size(); ++i) {
        ck_assert_float_eq(sums[i], exact[i] + numbers[i]);
        ck_assert_float_eq(twice[i], 2 * exact[i]);
        // A bfloat16 has 8 significant bits: the nearest is within half of the last.
        ck_assert_double_le(std::abs(static_cast<double>(from_bfloat16(nearest[i])) - exact[i]),
                            0x1p-8 * std::abs(exact[i]));
      }
    }
    // Halfway between two: to the even one; NaN stays one, also where its bits would be cut off.
    std::uint32_t bits[] = {0x3F808000, 0x3F818000, 0x7F800001, 0xFF800000, 0x7F7FFFFF};
    const std::uint16_t expected[] = {0x3F80, 0x3F82, 0x7FC0, 0xFF80, 0x7F80};
    for (int i = 0; i < 5; ++i) {
      std::vector<float> same(17);
      for (float& number : same) std::memcpy(&number, &bits[i], sizeof number);
      std::vector<std::uint16_t> halves(17);
      kernels.to_bfloat16(same.data(), 17, halves.data());
      for (const auto half : halves) ck_assert_uint_eq(half, expected[i]);
    }
  }
}
END_TEST

Suite* row_kernels_suite() {
  Suite* suite = suite_create("row kernels");
  TCase* kernels = tcase_create("kernels");
  tcase_add_test(kernels, activations_equal_their_definitions);
  tcase_add_test(kernels, activations_keep_nan_and_take_any_length_and_bfloat16);
  tcase_add_test(kernels, the_norm_equals_its_definition);
  tcase_add_test(kernels, turning_a_head_equals_its_definition);
  tcase_add_test(kernels, sums_and_conversions_are_exact);
  suite_add_tcase(suite, kernels);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::row_kernels_suite());
}
