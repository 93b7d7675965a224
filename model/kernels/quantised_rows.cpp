// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/quantised_rows.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "model/kernels/quantised_matrix.h"

namespace dali {
namespace {

constexpr std::size_t kInputs = kGroupInputs;
constexpr float kLargestCode = 127.0f;

using Numbers = std::array<float, kInputs>;

// One step of one row.
struct Step {
  std::array<std::int8_t, kInputs> codes = {};
  float scale = 0.0f;
  std::int32_t sum = 0;
  bool loses_most = false;
};

// Below this a group counts as zero, so that one over the scale is finite.
constexpr float kLeastMagnitude = 0x1p-100f;

// A code below this knows its number to less than a sixteenth. Where more than three quarters of a
// group are so small beside the largest, they are quantised again without it. In a normal
// distribution the largest of 32 is some 2.5 standard deviations and an eighth of the others are as
// small; it takes a largest of 18 for three quarters.
constexpr int kCoarseCode = 8;
constexpr int kMostCoarseCodes = 24;

std::uint32_t largest_magnitude_bits(const Numbers& numbers) {
  std::uint32_t largest = 0;
  for (const float number : numbers) {
    largest = std::max(largest, std::bit_cast<std::uint32_t>(number) & 0x7fffffff);
  }
  return largest;
}

Step quantise_group(const Numbers& numbers) {
  Step step;
  const auto largest = std::bit_cast<float>(largest_magnitude_bits(numbers));
  if (!std::isfinite(largest)) step.scale = std::numeric_limits<float>::quiet_NaN();
  if (!std::isfinite(largest) || largest < kLeastMagnitude) return step;
  step.scale = largest / kLargestCode;
  const float inverse = kLargestCode / largest;
  int coarse = 0;
  for (std::size_t input = 0; input < kInputs; ++input) {
    const auto code = static_cast<int>(std::nearbyintf(numbers[input] * inverse));
    step.codes[input] = static_cast<std::int8_t>(code);
    step.sum += code;
    if (std::abs(code) < kCoarseCode && numbers[input] != 0.0f) ++coarse;
  }
  step.loses_most = coarse > kMostCoarseCodes;
  return step;
}

Numbers left_over(Numbers numbers, const Step& step) {
  for (std::size_t input = 0; input < kInputs; ++input) {
    numbers[input] -= step.scale * static_cast<float>(step.codes[input]);
  }
  return numbers;
}

Numbers read_group(const float* values) {
  Numbers numbers;
  std::copy_n(values, kInputs, numbers.begin());
  return numbers;
}

void store(const Step& step, std::size_t position, QuantisedRows& quantised) {
  std::ranges::copy(step.codes,
                    quantised.codes.begin() + static_cast<std::ptrdiff_t>(position * kInputs));
  quantised.scales[position] = step.scale;
  quantised.sums[position] = step.sum;
}

}  // namespace

void quantise_rows(const float* values, std::int64_t rows, std::int64_t inputs, std::int64_t stride,
                   QuantisedRows& quantised) {
  const std::int64_t groups = inputs / kGroupInputs;
  std::vector<bool> has_second(static_cast<std::size_t>(groups));
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t group = 0; group < groups; ++group) {
      const Step step = quantise_group(read_group(values + row * stride + group * kGroupInputs));
      if (step.loses_most) has_second[static_cast<std::size_t>(group)] = true;
    }
  }
  quantised.rows = rows;
  quantised.inputs = inputs;
  quantised.step_groups.clear();
  for (std::int64_t group = 0; group < groups; ++group) {
    const int steps = has_second[static_cast<std::size_t>(group)] ? 2 : 1;
    quantised.step_groups.insert(quantised.step_groups.end(), static_cast<std::size_t>(steps),
                                 static_cast<std::int32_t>(group));
  }
  const std::size_t steps = quantised.step_groups.size();
  quantised.codes.resize(static_cast<std::size_t>(rows) * steps * kInputs);
  quantised.scales.resize(static_cast<std::size_t>(rows) * steps);
  quantised.sums.resize(static_cast<std::size_t>(rows) * steps);
  std::size_t position = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t group = 0; group < groups; ++group) {
      const Numbers numbers = read_group(values + row * stride + group * kGroupInputs);
      const Step first = quantise_group(numbers);
      store(first, position++, quantised);
      if (!has_second[static_cast<std::size_t>(group)]) continue;
      store(first.loses_most ? quantise_group(left_over(numbers, first)) : Step{}, position++,
            quantised);
    }
  }
}

}  // namespace dali
