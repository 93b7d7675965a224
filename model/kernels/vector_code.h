// SPDX-License-Identifier: LGPL-2.1-or-later
// Vectors of kLanes float32, in GNU's extension, for files that are compiled once for each set of
// instructions: vector_kernels_*.cpp set kLanes and the instructions before they include this. All
// of it is without linkage and always inlined, and uses nothing of the standard library: code with
// vectors that some processors do not have must never be what another file's linker picks.
#pragma once

#include <cstdint>

namespace dali {
namespace {

using Floats [[gnu::vector_size(kLanes * 4)]] = float;
using Bits [[gnu::vector_size(kLanes * 4)]] = std::uint32_t;
using Truths [[gnu::vector_size(kLanes * 4)]] = std::int32_t;   // of a comparison: 0 or -1
using Halves [[gnu::vector_size(kLanes * 2)]] = std::uint16_t;  // bfloat16

#define DALI_INLINE [[gnu::always_inline]] inline

DALI_INLINE std::int64_t least_of(std::int64_t a, std::int64_t b) {
  return a < b ? a : b;
}
DALI_INLINE std::int64_t rounded_up(std::int64_t count, std::int64_t step) {
  return (count + step - 1) / step * step;
}

template <typename Vector>
DALI_INLINE Vector loaded(const void* unaligned) {
  Vector vector;
  __builtin_memcpy(&vector, unaligned, sizeof vector);
  return vector;
}
template <typename Vector>
DALI_INLINE void store(void* unaligned, Vector vector) {
  __builtin_memcpy(unaligned, &vector, sizeof vector);
}

DALI_INLINE Floats all(float number) {
  return number - Floats{};  // which is the number itself, also if it is -0
}

DALI_INLINE float widened(std::uint16_t bfloat16) {
  const std::uint32_t bits = static_cast<std::uint32_t>(bfloat16) << 16;
  float number;
  __builtin_memcpy(&number, &bits, sizeof number);
  return number;
}
DALI_INLINE Floats widened(Halves bfloat16) {
  return reinterpret_cast<Floats>(__builtin_convertvector(bfloat16, Bits) << 16);
}

// To the nearest bfloat16, to the even one of two; NaN to the NaN that LibTorch has.
DALI_INLINE Halves narrowed(Floats numbers) {
  const Bits bits = reinterpret_cast<Bits>(numbers);
  const Bits rounded = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
  const Bits nan = Bits{} + 0x7FC0U;
  return __builtin_convertvector(numbers != numbers ? nan : rounded, Halves);
}
DALI_INLINE std::uint16_t narrowed(float number) {
  std::uint32_t bits;
  __builtin_memcpy(&bits, &number, sizeof bits);
  if (number != number) return 0x7FC0U;
  return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

// Some numbers of an array of float32 or bfloat16.
template <bool kIsBfloat16>
DALI_INLINE Floats numbers_at(const void* numbers, std::int64_t index) {
  if constexpr (kIsBfloat16) {
    return widened(loaded<Halves>(static_cast<const std::uint16_t*>(numbers) + index));
  } else {
    return loaded<Floats>(static_cast<const float*>(numbers) + index);
  }
}
template <bool kIsBfloat16>
DALI_INLINE float number_at(const void* numbers, std::int64_t index) {
  if constexpr (kIsBfloat16) {
    return widened(static_cast<const std::uint16_t*>(numbers)[index]);
  } else {
    return static_cast<const float*>(numbers)[index];
  }
}
template <bool kIsBfloat16>
DALI_INLINE void put(Floats vector, void* numbers, std::int64_t index) {
  if constexpr (kIsBfloat16) {
    store(static_cast<std::uint16_t*>(numbers) + index, narrowed(vector));
  } else {
    store(static_cast<float*>(numbers) + index, vector);
  }
}
template <bool kIsBfloat16>
DALI_INLINE void put(float number, void* numbers, std::int64_t index) {
  if constexpr (kIsBfloat16) {
    static_cast<std::uint16_t*>(numbers)[index] = narrowed(number);
  } else {
    static_cast<float*>(numbers)[index] = number;
  }
}

// [kLanes, kLanes], rows become columns: each round puts the rows of both halves together lane by
// lane, which turns the number of a place, row and lane in bits, by one bit.
DALI_INLINE void transpose(Floats (&rows)[kLanes]) {
  Truths former;
  Truths latter;
  for (int lane = 0; lane < kLanes; ++lane) {
    former[lane] = lane / 2 + (lane % 2) * kLanes;
    latter[lane] = former[lane] + kLanes / 2;
  }
#pragma GCC unroll 4
  for (int round = 1; round < kLanes; round *= 2) {
    Floats next[kLanes];
#pragma GCC unroll 16
    for (int row = 0; row < kLanes / 2; ++row) {
      next[2 * row] = __builtin_shuffle(rows[row], rows[row + kLanes / 2], former);
      next[2 * row + 1] = __builtin_shuffle(rows[row], rows[row + kLanes / 2], latter);
    }
#pragma GCC unroll 16
    for (int row = 0; row < kLanes; ++row) rows[row] = next[row];
  }
}

// The lanes are added up, or compared, by halves: always in the same order.
DALI_INLINE float sum_of(Floats vector) {
  float lanes[kLanes];
  store(lanes, vector);
  for (std::int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::int64_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  }
  return lanes[0];
}
DALI_INLINE float largest_of(Floats vector) {
  float lanes[kLanes];
  store(lanes, vector);
  for (std::int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::int64_t lane = 0; lane < half; ++lane) {
      lanes[lane] = lanes[lane] > lanes[lane + half] ? lanes[lane] : lanes[lane + half];
    }
  }
  return lanes[0];
}

// 2^x, wrong by less than 3·2^-24 of itself: a polynomial for the fraction, which lies in
// [-1/2, 1/2], and the whole part as exponent. Below -126, where normal numbers end, it is 0, above
// 127 it is 2^127; NaN stays NaN.
DALI_INLINE Floats power_of_two(Floats x) {
  // Added to a number of less than 2^22 it leaves no place for a fraction: the sum's last bits are
  // the nearest whole number.
  constexpr float kRounds = 0x1.8p23F;
  const Floats least = all(-126.0F);
  const Floats most = all(127.0F);
  const Truths is_normal = x >= least;
  const Floats bounded = x < least ? least : (x > most ? most : x);
  const Floats rounded = bounded + kRounds;
  const Floats r = bounded - (rounded - kRounds);
  // Of degree 6, fitted by the exchange of Remez: wrong by 2^-25.9 there with these coefficients.
  Floats p = all(0x1.41fbc0p-13F);
  p = p * r + 0x1.5f3e54p-10F;
  p = p * r + 0x1.3b2d4cp-7F;
  p = p * r + 0x1.c6aee8p-5F;
  p = p * r + 0x1.ebfbdcp-3F;
  p = p * r + 0x1.62e43p-1F;
  p = p * r + 1.0F;
  const Floats power =
      reinterpret_cast<Floats>((reinterpret_cast<Bits>(rounded) << 23) + 0x3F800000U);
  const Floats result = p * power;
  return is_normal | (x != x) ? result : Floats{};
}

}  // namespace
}  // namespace dali
