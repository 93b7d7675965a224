// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "model/base/mixed_bits.h"
#include "model/kernels/quantised_matrix.h"

namespace dali {

// Numbers of a normal distribution (Box and Muller), the same everywhere up to a last bit.
inline std::vector<float> scattered_numbers(std::size_t count, std::uint64_t seed) {
  const auto uniform = [&](std::uint64_t index) {
    return (static_cast<double>(mixed_bits(seed * 1000003 + index) >> 11) + 0.5) * 0x1p-53;
  };
  std::vector<float> numbers(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double radius = std::sqrt(-2.0 * std::log(uniform(2 * i)));
    numbers[i] = static_cast<float>(radius * std::cos(6.283185307179586 * uniform(2 * i + 1)));
  }
  return numbers;
}

// A matrix of integers with the numbers that it was made of.
struct QuantisedWeights {
  QuantisedWeights(const QuantisedLayout& a_layout, std::vector<float> some_numbers)
      : layout(a_layout),
        numbers(std::move(some_numbers)),
        codes(static_cast<std::size_t>(layout.code_bytes())),
        scales(static_cast<std::size_t>(layout.scale_count())) {
    quantise(numbers, layout, codes, scales);
  }
  QuantisedMatrix matrix() const { return {layout, codes.data(), scales.data()}; }

  QuantisedLayout layout;
  std::vector<float> numbers;  // [outputs, inputs]
  std::vector<std::uint8_t> codes;
  std::vector<std::uint16_t> scales;
};

}  // namespace dali
