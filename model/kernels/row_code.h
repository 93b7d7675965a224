// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernels of rows.h, compiled once for each set of instructions as vector_code.h says.
#pragma once

#include "model/kernels/vector_code.h"

namespace dali {
namespace {

constexpr float kLog2OfE = 1.44269504F;

// 1 / (1 + e^-x)
DALI_INLINE Floats sigmoid(Floats x) {
  return 1.0F / (1.0F + power_of_two(x * -kLog2OfE));
}

// Types with a function and no lambdas: the compiler makes of a lambda a plain function as well,
// which lacks this file's instructions.
struct Silu {
  DALI_INLINE Floats operator()(Floats x) const { return x * sigmoid(x); }
};
struct QuickGelu {
  DALI_INLINE Floats operator()(Floats x) const { return x * sigmoid(x * 1.702F); }
};

// x · Φ(x) by formula 7.1.26 of Abramowitz and Stegun, "Handbook of Mathematical Functions": the
// error function is wrong by at most 1.5e-7, this by half of that times |x|.
struct Gelu {
  DALI_INLINE Floats operator()(Floats x) const {
    constexpr float kRootOfHalf = 0.707106781F;
    const Floats magnitude = (x < 0.0F ? -x : x) * kRootOfHalf;
    const Floats t = 1.0F / (1.0F + magnitude * 0.3275911F);
    Floats p = all(1.061405429F);
    p = p * t + -1.453152027F;
    p = p * t + 1.421413741F;
    p = p * t + -0.284496736F;
    p = p * t + 0.254829592F;
    const Floats tail = 0.5F * p * t * power_of_two(magnitude * magnitude * -kLog2OfE);
    return x * (x < 0.0F ? tail : 1.0F - tail);
  }
};

// Calls function(vector) for all numbers of an array and puts what it returns in their place. The
// last ones pass through a vector that is filled up with zeros.
template <bool kIsBfloat16, typename Function>
DALI_INLINE void replace(void* numbers, std::int64_t count, Function function) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    put<kIsBfloat16>(function(numbers_at<kIsBfloat16>(numbers, i)), numbers, i);
  }
  if (i == count) return;
  float rest[kLanes] = {};
  for (std::int64_t j = i; j < count; ++j) rest[j - i] = number_at<kIsBfloat16>(numbers, j);
  store(rest, function(loaded<Floats>(rest)));
  for (std::int64_t j = i; j < count; ++j) put<kIsBfloat16>(rest[j - i], numbers, j);
}

template <bool kIsBfloat16>
DALI_INLINE void normalise(const float* row, const void* weight, std::int64_t width, float epsilon,
                           float* result) {
  Floats former = {};
  Floats latter = {};
  std::int64_t i = 0;
  for (; i + 2 * kLanes <= width; i += 2 * kLanes) {
    const Floats first = loaded<Floats>(row + i);
    const Floats second = loaded<Floats>(row + i + kLanes);
    former += first * first;
    latter += second * second;
  }
  float squares = sum_of(former + latter);
  for (; i < width; ++i) squares += row[i] * row[i];
  const float scale = 1.0F / __builtin_sqrtf(squares / static_cast<float>(width) + epsilon);
  for (i = 0; i + kLanes <= width; i += kLanes) {
    store(result + i, loaded<Floats>(row + i) * scale * numbers_at<kIsBfloat16>(weight, i));
  }
  for (; i < width; ++i) result[i] = row[i] * scale * number_at<kIsBfloat16>(weight, i);
}

void rms_norm(const float* row, const void* weight, bool is_bfloat16, std::int64_t width,
              float epsilon, float* result) {
  is_bfloat16 ? normalise<true>(row, weight, width, epsilon, result)
              : normalise<false>(row, weight, width, epsilon, result);
}

void silu_product(float* gate, const float* factor, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const Floats x = loaded<Floats>(gate + i);
    store(gate + i, Silu()(x) * loaded<Floats>(factor + i));
  }
  replace<false>(gate + i, count - i, Silu());
  for (; i < count; ++i) gate[i] *= factor[i];
}

void gelu(void* numbers, bool is_bfloat16, std::int64_t count) {
  is_bfloat16 ? replace<true>(numbers, count, Gelu()) : replace<false>(numbers, count, Gelu());
}

void quick_gelu(void* numbers, bool is_bfloat16, std::int64_t count) {
  is_bfloat16 ? replace<true>(numbers, count, QuickGelu())
              : replace<false>(numbers, count, QuickGelu());
}

void rotate(float* head, const float* cosines, const float* signed_sines, std::int64_t width) {
  const std::int64_t half = width / 2;
  float* const partners = head + half;
  std::int64_t i = 0;
  for (; i + kLanes <= half; i += kLanes) {
    const Floats x = loaded<Floats>(head + i);
    const Floats y = loaded<Floats>(partners + i);
    store(head + i, x * loaded<Floats>(cosines + i) + y * loaded<Floats>(signed_sines + i));
    store(partners + i,
          y * loaded<Floats>(cosines + half + i) + x * loaded<Floats>(signed_sines + half + i));
  }
  for (; i < half; ++i) {
    const float x = head[i];
    const float y = partners[i];
    head[i] = x * cosines[i] + y * signed_sines[i];
    partners[i] = y * cosines[half + i] + x * signed_sines[half + i];
  }
}

template <bool kIsBfloat16>
DALI_INLINE void add_numbers(float* sums, const void* numbers, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    store(sums + i, loaded<Floats>(sums + i) + numbers_at<kIsBfloat16>(numbers, i));
  }
  for (; i < count; ++i) sums[i] += number_at<kIsBfloat16>(numbers, i);
}

void add(float* sums, const void* numbers, bool is_bfloat16, std::int64_t count) {
  is_bfloat16 ? add_numbers<true>(sums, numbers, count) : add_numbers<false>(sums, numbers, count);
}

void to_bfloat16(const float* numbers, std::int64_t count, void* result) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) put<true>(loaded<Floats>(numbers + i), result, i);
  for (; i < count; ++i) put<true>(numbers[i], result, i);
}

void to_float32(const void* numbers, std::int64_t count, float* result) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(result + i, numbers_at<true>(numbers, i));
  for (; i < count; ++i) result[i] = number_at<true>(numbers, i);
}

}  // namespace
}  // namespace dali
