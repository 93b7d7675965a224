// SPDX-License-Identifier: LGPL-2.1-or-later
// Processors with VNNI but without AVX-512.
#if defined(__x86_64__)
#include <immintrin.h>

#include "model/kernels/quantised_tile.h"

#pragma GCC target("avx2,fma,avxvnni")

#include "model/kernels/quantised_tile_256_code.h"

namespace dali {
namespace {

// Four products are added up in 32 bits: nothing is clipped.
struct Bytes {
  using Weights = __m256i;
  static __m256i weights(__m256i codes) { return codes; }
  static __m256i begin(std::int32_t start) { return _mm256_set1_epi32(start); }
  static __m256i add(__m256i sums, __m256i weights, __m256i inputs) {
    return _mm256_dpbusd_avx_epi32(sums, weights, inputs);
  }
  static __m256i finish(__m256i sums, std::int32_t /*start*/) { return sums; }
};

void multiply_tile(const TileRows& rows, const TilePanels& panels, const TileResult& result) {
  if (panels.format == WeightFormat::kInt8 || panels.is_unpacked) {
    multiply_panels<Bytes, 6, false>(rows, panels, result);
  } else {
    multiply_panels<Bytes, 4, true>(rows, panels, result);
  }
}

}  // namespace

const QuantisedKernel kAvxVnniKernel = {.multiply = multiply_tile, .unpack = unpack_groups};

}  // namespace dali

#endif
