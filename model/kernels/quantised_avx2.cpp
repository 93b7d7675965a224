// SPDX-License-Identifier: LGPL-2.1-or-later
// AVX2 multiplies bytes without a sign by bytes with one, but adds up pairs of products in 16 bits
// and clips what does not fit. The policies below keep to what fits.
#if defined(__x86_64__)
#include <immintrin.h>

#include "model/kernels/quantised_tile.h"

#pragma GCC target("avx2,fma")

#include "model/kernels/quantised_tile_256_code.h"

namespace dali {
namespace {

// Codes of 8 bits: magnitudes of at most 128, with the weight's sign given to the input, which is
// at least -127. A pair comes to 2 · 128 · 127 < 2^15 at most.
struct SignedBytes {
  struct Weights {
    __m256i levels;
    __m256i magnitudes;
  };
  static Weights weights(__m256i codes) {
    const __m256i levels = _mm256_xor_si256(codes, _mm256_set1_epi8(-128));  // code - 128
    return {levels, _mm256_abs_epi8(levels)};
  }
  static __m256i begin(std::int32_t /*start*/) { return _mm256_setzero_si256(); }
  static __m256i add(__m256i sums, const Weights& weights, __m256i inputs) {
    const __m256i pairs =
        _mm256_maddubs_epi16(weights.magnitudes, _mm256_sign_epi8(inputs, weights.levels));
    return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
  static __m256i finish(__m256i sums, std::int32_t /*start*/) { return sums; }
};

// Codes of 4 bits: all eight pairs of a group and lane come to 16 · 15 · 127 < 2^15 at most.
struct HalfBytes {
  using Weights = __m256i;
  static __m256i weights(__m256i codes) { return codes; }
  static __m256i begin(std::int32_t /*start*/) { return _mm256_setzero_si256(); }
  static __m256i add(__m256i sums, __m256i weights, __m256i inputs) {
    return _mm256_add_epi16(sums, _mm256_maddubs_epi16(weights, inputs));
  }
  static __m256i finish(__m256i sums, std::int32_t start) {
    return _mm256_add_epi32(_mm256_madd_epi16(sums, _mm256_set1_epi16(1)),
                            _mm256_set1_epi32(start));
  }
};

void multiply_tile(const TileRows& rows, const TilePanels& panels, const TileResult& result) {
  if (panels.format == WeightFormat::kInt8) {
    multiply_panels<SignedBytes, 3, false>(rows, panels, result);
  } else if (panels.is_unpacked) {
    multiply_panels<HalfBytes, 6, false>(rows, panels, result);
  } else {
    multiply_panels<HalfBytes, 3, true>(rows, panels, result);
  }
}

}  // namespace

const QuantisedKernel kAvx2Kernel = {.multiply = multiply_tile, .unpack = unpack_groups};

}  // namespace dali

#endif
