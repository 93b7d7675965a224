// SPDX-License-Identifier: LGPL-2.1-or-later
// A panel is one register: AVX-512 with VNNI, which multiplies bytes without a sign by bytes with
// one and adds up four products to 32 bits, exactly.

#if defined(__x86_64__)
// GCC 12 warns of its own header: of the registers that it leaves undefined on purpose.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

#include "model/kernels/quantised_tile.h"

#pragma GCC target("avx512f,avx512bw,avx512vl,avx512vnni")

namespace dali {
namespace {

constexpr int kQuarterBytes = 64;  // 4 inputs of 16 outputs

// Where the next groups lie while these are multiplied: the memory is slower than the products of
// few rows.
constexpr int kPrefetchBytes = 2048;

template <int kRows, int kPanels, bool kIsPacked>
void multiply(const TileRows& rows, const TilePanels& panels, const TileResult& result) {
  constexpr int kGroupBytes = (kIsPacked ? 4 : 8) * kQuarterBytes;
  constexpr bool kReadsAhead = kRows < kTileRows;
  const auto last_outputs = static_cast<unsigned>(panels.outputs - (kPanels - 1) * 16);
  const auto last_mask = static_cast<__mmask16>((1u << last_outputs) - 1u);
  const auto mask_of = [&](int panel) {
    return panel == kPanels - 1 ? last_mask : static_cast<__mmask16>(0xffff);
  };
  __m512 sums[kRows][kPanels];
#pragma GCC unroll 8
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 8
    for (int panel = 0; panel < kPanels; ++panel) {
      sums[row][panel] =
          result.begun != nullptr
              ? _mm512_maskz_loadu_ps(mask_of(panel),
                                      result.begun + row * result.begun_stride + panel * 16)
              : _mm512_setzero_ps();
    }
  }
  const std::int8_t* row_codes = rows.codes;
  for (std::int64_t step = 0; step < rows.steps; ++step, row_codes += kRows * kGroupInputs) {
    const std::ptrdiff_t group = rows.groups[step];
    const std::uint8_t* codes = panels.codes + group * kGroupBytes;
    __m512i integers[kRows][kPanels];
#pragma GCC unroll 8
    for (int row = 0; row < kRows; ++row) {
      const __m512i start = _mm512_set1_epi32(rows.starts[step * kRows + row]);
#pragma GCC unroll 8
      for (int panel = 0; panel < kPanels; ++panel) integers[row][panel] = start;
    }
    const auto add_products = [&](const __m512i(&weights)[kPanels], int four) {
#pragma GCC unroll 8
      for (int row = 0; row < kRows; ++row) {
        std::int32_t inputs;
        __builtin_memcpy(&inputs, row_codes + row * kGroupInputs + 4 * four, sizeof(inputs));
        const __m512i four_inputs = _mm512_set1_epi32(inputs);
#pragma GCC unroll 8
        for (int panel = 0; panel < kPanels; ++panel) {
          integers[row][panel] =
              _mm512_dpbusd_epi32(integers[row][panel], weights[panel], four_inputs);
        }
      }
    };
    if constexpr (kIsPacked) {
      const __m512i low_half = _mm512_set1_epi8(0x0f);
#pragma GCC unroll 8
      for (int eight = 0; eight < 4; ++eight) {
        __m512i low[kPanels];
        __m512i high[kPanels];
#pragma GCC unroll 8
        for (int panel = 0; panel < kPanels; ++panel) {
          const std::uint8_t* bytes = codes + panel * panels.codes_to_next + eight * kQuarterBytes;
          if (kReadsAhead) _mm_prefetch(bytes + kPrefetchBytes, _MM_HINT_T0);
          const __m512i both = _mm512_loadu_si512(bytes);
          low[panel] = _mm512_and_si512(both, low_half);
          high[panel] = _mm512_and_si512(_mm512_srli_epi16(both, 4), low_half);
        }
        add_products(low, 2 * eight);
        add_products(high, 2 * eight + 1);
      }
    } else {
#pragma GCC unroll 8
      for (int four = 0; four < 8; ++four) {
        __m512i weights[kPanels];
#pragma GCC unroll 8
        for (int panel = 0; panel < kPanels; ++panel) {
          const std::uint8_t* bytes = codes + panel * panels.codes_to_next + four * kQuarterBytes;
          if (kReadsAhead) _mm_prefetch(bytes + kPrefetchBytes, _MM_HINT_T0);
          weights[panel] = _mm512_loadu_si512(bytes);
        }
        add_products(weights, four);
      }
    }
    const std::uint16_t* scales = panels.scales + group * kPanelOutputs;
    __m512 weight_scales[kPanels];
#pragma GCC unroll 8
    for (int panel = 0; panel < kPanels; ++panel) {
      const auto* halves = reinterpret_cast<const __m256i*>(scales + panel * panels.scales_to_next);
      if (kReadsAhead) _mm_prefetch(halves + kPrefetchBytes / 512, _MM_HINT_T0);
      weight_scales[panel] = _mm512_castsi512_ps(
          _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(halves)), 16));
    }
#pragma GCC unroll 8
    for (int row = 0; row < kRows; ++row) {
      const __m512 row_scale = _mm512_set1_ps(rows.scales[step * kRows + row]);
#pragma GCC unroll 8
      for (int panel = 0; panel < kPanels; ++panel) {
        const __m512 products = _mm512_mul_ps(_mm512_cvtepi32_ps(integers[row][panel]), row_scale);
        sums[row][panel] = _mm512_fmadd_ps(products, weight_scales[panel], sums[row][panel]);
      }
    }
  }
#pragma GCC unroll 8
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 8
    for (int panel = 0; panel < kPanels; ++panel) {
      _mm512_mask_storeu_ps(result.sums + row * result.stride + panel * 16, mask_of(panel),
                            sums[row][panel]);
    }
  }
}

template <int kRows>
void multiply_rows(const TileRows& rows, const TilePanels& panels, const TileResult& result) {
  const bool is_packed = panels.format == WeightFormat::kInt4 && !panels.is_unpacked;
  if (panels.outputs > kPanelOutputs) {
    is_packed ? multiply<kRows, 2, true>(rows, panels, result)
              : multiply<kRows, 2, false>(rows, panels, result);
  } else {
    is_packed ? multiply<kRows, 1, true>(rows, panels, result)
              : multiply<kRows, 1, false>(rows, panels, result);
  }
}

void multiply_tile(const TileRows& rows, const TilePanels& panels, const TileResult& result) {
  constexpr MultiplyTile* kByRows[kTileRows] = {multiply_rows<1>, multiply_rows<2>,
                                                multiply_rows<3>, multiply_rows<4>,
                                                multiply_rows<5>, multiply_rows<6>};
  kByRows[rows.rows - 1](rows, panels, result);
}

void unpack(const std::uint8_t* packed, std::int64_t groups, std::uint8_t* codes) {
  const __m512i low_half = _mm512_set1_epi8(0x0f);
  for (std::int64_t quarter = 0; quarter < 4 * groups; ++quarter) {
    const __m512i both = _mm512_loadu_si512(packed + quarter * kQuarterBytes);
    std::uint8_t* bytes = codes + 2 * quarter * kQuarterBytes;
    _mm512_storeu_si512(bytes, _mm512_and_si512(both, low_half));
    _mm512_storeu_si512(bytes + kQuarterBytes,
                        _mm512_and_si512(_mm512_srli_epi16(both, 4), low_half));
  }
}

}  // namespace

const QuantisedKernel kAvx512VnniKernel = {.multiply = multiply_tile, .unpack = unpack};

}  // namespace dali

#endif
