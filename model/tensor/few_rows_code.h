// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel of few_rows_kernels.h for vectors of DALI_VECTOR_BYTES. Each file that includes it has
// told the compiler what processor the rest of it is for, so nothing here may be shared between
// those files, and nothing of the standard library may be called that is not part of the language.
#pragma once

#include <cstdint>

#include "model/tensor/few_rows_kernels.h"

namespace dali {
namespace {

using Floats [[gnu::vector_size(DALI_VECTOR_BYTES)]] = float;
using Words [[gnu::vector_size(DALI_VECTOR_BYTES)]] = std::uint32_t;

constexpr int kLanes = DALI_VECTOR_BYTES / 4;
constexpr int kVectors = kSideBySide / kLanes;
// Memory is asked for so far ahead of its use: what it takes to answer at the speed of one core.
constexpr int kAheadBytes = 2048;
constexpr int kLineBytes = 64;

template <typename Vector>
[[gnu::always_inline]] inline Vector loaded(const void* unaligned) {
  Vector vector;
  __builtin_memcpy(&vector, unaligned, sizeof vector);
  return vector;
}

// By halves, so that the order is the same whatever the width of a vector.
[[gnu::always_inline]] inline float total(float (&sums)[kSideBySide]) {
  for (int half = kSideBySide / 2; half > 0; half /= 2) {
    for (int sum = 0; sum < half; ++sum) sums[sum] += sums[sum + half];
  }
  return sums[0];
}

[[gnu::always_inline]] inline float number_of(const char* weight, std::int64_t place,
                                              bool is_bfloat16) {
  if (!is_bfloat16) {
    float number;
    __builtin_memcpy(&number, weight + 4 * place, sizeof number);
    return number;
  }
  std::uint16_t upper;
  __builtin_memcpy(&upper, weight + 2 * place, sizeof upper);
  const std::uint32_t word = static_cast<std::uint32_t>(upper) << 16;
  float number;
  __builtin_memcpy(&number, &word, sizeof number);
  return number;
}

// kOutputs outputs of kRows rows: every vector of weights that is read serves all rows, and every
// vector of a row all outputs.
template <bool kIsBfloat16, int kOutputs, int kRows>
void multiply_block(const FewRowsWork& work, const char* weight, const float* rows, float* result) {
  constexpr int kBlockBytes = kSideBySide * (kIsBfloat16 ? 2 : 4);
  const std::int64_t whole = work.width - work.width % kSideBySide;
  Floats sums[kOutputs][kRows][kVectors] = {};
  const char* block = weight;
  for (std::int64_t input = 0; input < whole; input += kSideBySide, block += kBlockBytes) {
#pragma GCC unroll 8
    for (int output = 0; output < kOutputs; ++output) {
      const char* const line = block + output * work.weight_step;
      __builtin_prefetch(line + kAheadBytes);
      if constexpr (kBlockBytes > kLineBytes) __builtin_prefetch(line + kAheadBytes + kLineBytes);
      if constexpr (kIsBfloat16) {
        // A bfloat16 is the upper half of the float32 that it stands for: of two neighbours in a
        // word a shift leaves the first and a mask the second.
#pragma GCC unroll 8
        for (int vector = 0; vector < kVectors / 2; ++vector) {
          const auto pairs = loaded<Words>(line + vector * DALI_VECTOR_BYTES);
          const auto evens = reinterpret_cast<Floats>(pairs << 16);
          const auto odds = reinterpret_cast<Floats>(pairs & 0xFFFF0000U);
#pragma GCC unroll 8
          for (int row = 0; row < kRows; ++row) {
            const float* const factors = rows + row * work.width + input + vector * kLanes;
            sums[output][row][vector] += evens * loaded<Floats>(factors);
            sums[output][row][kVectors / 2 + vector] +=
                odds * loaded<Floats>(factors + kSideBySide / 2);
          }
        }
      } else {
#pragma GCC unroll 8
        for (int vector = 0; vector < kVectors; ++vector) {
          const auto weights = loaded<Floats>(line + vector * DALI_VECTOR_BYTES);
#pragma GCC unroll 8
          for (int row = 0; row < kRows; ++row) {
            sums[output][row][vector] +=
                weights * loaded<Floats>(rows + row * work.width + input + vector * kLanes);
          }
        }
      }
    }
  }
#pragma GCC unroll 8
  for (int output = 0; output < kOutputs; ++output) {
#pragma GCC unroll 8
    for (int row = 0; row < kRows; ++row) {
      float side_by_side[kSideBySide];
      __builtin_memcpy(side_by_side, sums[output][row], sizeof side_by_side);
      for (auto input = whole; input < work.width; ++input) {
        side_by_side[input - whole] +=
            number_of(weight + output * work.weight_step, input, kIsBfloat16) *
            rows[row * work.width + input];
      }
      result[row * work.result_step + output] = total(side_by_side);
    }
  }
}

// All rows, as many together as fit into the registers beside each other.
template <bool kIsBfloat16, int kOutputs>
void multiply_outputs(const FewRowsWork& work, std::int64_t output) {
  const char* const weight = work.weight + output * work.weight_step;
  const float* rows = work.rows;
  float* result = work.result + output;
  auto left = work.count;
  const auto take = [&](std::int64_t count) {
    rows += count * work.width;
    result += count * work.result_step;
    left -= count;
  };
  if constexpr (DALI_VECTOR_BYTES == 64) {
    for (; left >= 4; take(4)) multiply_block<kIsBfloat16, kOutputs, 4>(work, weight, rows, result);
  }
  if constexpr (DALI_VECTOR_BYTES >= 32) {
    for (; left >= 2; take(2)) multiply_block<kIsBfloat16, kOutputs, 2>(work, weight, rows, result);
  }
  for (; left >= 1; take(1)) multiply_block<kIsBfloat16, kOutputs, 1>(work, weight, rows, result);
}

// Outputs that are computed together: with more sums beside each other no addition waits for the
// one before.
constexpr int kOutputsAtOnce = DALI_VECTOR_BYTES == 64 ? 2 : 1;

template <bool kIsBfloat16>
void multiply_all(const FewRowsWork& work) {
  std::int64_t output = 0;
  for (; output + kOutputsAtOnce <= work.outputs; output += kOutputsAtOnce) {
    multiply_outputs<kIsBfloat16, kOutputsAtOnce>(work, output);
  }
  for (; output < work.outputs; ++output) multiply_outputs<kIsBfloat16, 1>(work, output);
}

[[gnu::always_inline]] inline void multiply_few_rows(const FewRowsWork& work) {
  work.is_bfloat16 ? multiply_all<true>(work) : multiply_all<false>(work);
}

}  // namespace
}  // namespace dali
