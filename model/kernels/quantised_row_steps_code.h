// SPDX-License-Identifier: LGPL-2.1-or-later
// For a source file of one set of instructions, which includes it behind its `#pragma GCC target`:
// loops that become vectors of it. Whole numbers are added up in any order, and of floating point
// there are single operations alone, so that the same bits come out of each.
#pragma once

#include <cstdint>

namespace dali {
namespace {

constexpr int kInputs = 32;
constexpr float kLargestCode = 127.0F;

// Below this a group counts as zero, so that one over the scale is finite.
constexpr float kLeastMagnitude = 0x1p-100F;

// A code below this knows its number to a sixteenth at best. Where seven of eight numbers are so
// small beside the largest, what is left over is quantised again. Of 32 normal numbers the largest
// is some 2.5 standard deviations, and one in eight of the others has so small a code: seven have
// when it is 24. Products of normal numbers with SiLU of others, as gates make them, come to it in
// one group of a thousand.
constexpr std::int32_t kCoarseCode = 8;
constexpr std::int32_t kMostCoarse = 27;

inline std::int32_t magnitude_bits(float number) {
  std::int32_t bits;
  __builtin_memcpy(&bits, &number, sizeof bits);
  return bits & 0x7FFFFFFF;
}

inline float number_of(std::int32_t bits) {
  float number;
  __builtin_memcpy(&number, &bits, sizeof number);
  return number;
}

// The nearest whole number, of two the even one: the last bit of numbers of this size is worth 1.
inline std::int32_t nearest(float number) {
  constexpr float kLastBitIsOne = 0x1.8p23F;
  const float shifted = number + kLastBitIsOne;
  std::int32_t bits;
  __builtin_memcpy(&bits, &shifted, sizeof bits);
  return bits - 0x4B400000;
}

inline std::int64_t quantise_groups(const float* values, std::int64_t groups, std::int8_t* codes,
                                    float* scales, std::int32_t* sums, std::uint8_t* needs_more) {
  constexpr std::int32_t kInfinity = 0x7F800000;
  constexpr std::int32_t kNan = 0x7FC00000;
  std::int64_t more = 0;
  for (std::int64_t group = 0; group < groups; ++group) {
    const float* numbers = values + group * kInputs;
    std::int32_t largest_bits = 0;
    for (int i = 0; i < kInputs; ++i) {
      const std::int32_t bits = magnitude_bits(numbers[i]);
      largest_bits = largest_bits > bits ? largest_bits : bits;
    }
    const float largest = number_of(largest_bits);
    const bool is_finite = largest_bits < kInfinity;
    const bool is_zero = !is_finite || largest < kLeastMagnitude;
    const float inverse = is_zero ? 0.0F : kLargestCode / largest;
    std::int32_t sum = 0;
    std::int32_t coarse = 0;
    if (is_zero) {
      for (int i = 0; i < kInputs; ++i) codes[group * kInputs + i] = 0;
    } else {
      for (int i = 0; i < kInputs; ++i) {
        const std::int32_t code = nearest(numbers[i] * inverse);
        codes[group * kInputs + i] = static_cast<std::int8_t>(code);
        sum += code;
        // Of a number that is zero nothing is lost.
        coarse += static_cast<std::int32_t>((code < kCoarseCode) & (code > -kCoarseCode) &
                                            (numbers[i] != 0.0F));
      }
    }
    scales[group] = is_finite ? (is_zero ? 0.0F : largest / kLargestCode) : number_of(kNan);
    sums[group] = sum;
    needs_more[group] = coarse > kMostCoarse ? 1 : 0;
    more += needs_more[group];
  }
  return more;
}

}  // namespace
}  // namespace dali
