// SPDX-License-Identifier: LGPL-2.1-or-later
// Tiles in registers of 8 numbers, a panel in two of them. For a source file of one kind of
// processor, which includes it behind its `#pragma GCC target`: what stands here is compiled for
// that, and so uses no function of the standard library, which other files share.
#pragma once

#include <immintrin.h>

#include "model/kernels/quantised_tile.h"

namespace dali {
namespace {

constexpr int kQuarterBytes = 64;  // 4 inputs of 16 outputs
constexpr int kHalves = 2;         // of a panel
constexpr int kHalfOutputs = 8;
constexpr int kPrefetchBytes = 2048;

__m256i load_256(const void* bytes) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(bytes));
}

// The sums of one group, [kRows][halves], by a policy:
//
//   Weights            what four inputs of 8 outputs are kept as
//   weights(codes)     from their bytes
//   begin(start)       sums of nothing; `start` is TileRows' of the row
//   add(sums, weights, inputs)      the same four inputs in every lane
//   finish(sums, start)             32 bits a lane
template <typename Policy, int kRows>
struct GroupSums {
  explicit GroupSums(const std::int32_t* starts) {
#pragma GCC unroll 8
    for (int row = 0; row < kRows; ++row) {
      lanes[row][0] = lanes[row][1] = Policy::begin(starts[row]);
    }
  }

  // `codes`: of inputs 4 four to 4 four + 3. `rows` [kRows, 32].
  void add(const __m256i (&codes)[kHalves], const std::int8_t* rows, int four) {
    const typename Policy::Weights weights[kHalves] = {Policy::weights(codes[0]),
                                                       Policy::weights(codes[1])};
#pragma GCC unroll 8
    for (int row = 0; row < kRows; ++row) {
      std::int32_t inputs;
      __builtin_memcpy(&inputs, rows + row * kGroupInputs + 4 * four, sizeof(inputs));
      const __m256i four_inputs = _mm256_set1_epi32(inputs);
      lanes[row][0] = Policy::add(lanes[row][0], weights[0], four_inputs);
      lanes[row][1] = Policy::add(lanes[row][1], weights[1], four_inputs);
    }
  }

  __m256i lanes[kRows][kHalves];
};

template <typename Policy, int kRows, bool kIsPacked>
void multiply_group(const std::uint8_t* codes, const std::int8_t* rows,
                    GroupSums<Policy, kRows>& sums) {
  constexpr bool kReadsAhead = kRows == 1;
  if constexpr (kIsPacked) {
    const __m256i low_half = _mm256_set1_epi8(0x0f);
#pragma GCC unroll 4
    for (int eight = 0; eight < 4; ++eight) {
      const std::uint8_t* bytes = codes + eight * kQuarterBytes;
      if (kReadsAhead) _mm_prefetch(bytes + kPrefetchBytes, _MM_HINT_T0);
      const __m256i both[kHalves] = {load_256(bytes), load_256(bytes + kQuarterBytes / 2)};
      sums.add({_mm256_and_si256(both[0], low_half), _mm256_and_si256(both[1], low_half)}, rows,
               2 * eight);
      sums.add({_mm256_and_si256(_mm256_srli_epi16(both[0], 4), low_half),
                _mm256_and_si256(_mm256_srli_epi16(both[1], 4), low_half)},
               rows, 2 * eight + 1);
    }
  } else {
#pragma GCC unroll 8
    for (int four = 0; four < 8; ++four) {
      const std::uint8_t* bytes = codes + four * kQuarterBytes;
      if (kReadsAhead) _mm_prefetch(bytes + kPrefetchBytes, _MM_HINT_T0);
      sums.add({load_256(bytes), load_256(bytes + kQuarterBytes / 2)}, rows, four);
    }
  }
}

// Rows [first_row, first_row + kRows) of a tile times one panel. There are no registers left for
// the sums of all groups: they stay in the first-level cache.
template <typename Policy, int kRows, bool kIsPacked>
void multiply_panel(const TileRows& rows, int first_row, const TilePanels& panels, int panel,
                    const TileResult& result) {
  constexpr int kGroupBytes = (kIsPacked ? 4 : 8) * kQuarterBytes;
  const std::int64_t first_output = panel * kPanelOutputs;
  const std::int64_t left = panels.outputs - first_output;
  const auto result_bytes =
      static_cast<std::size_t>(left < kPanelOutputs ? left : kPanelOutputs) * sizeof(float);
  alignas(32) float sums[kRows][kPanelOutputs] = {};
  for (int row = 0; result.begun != nullptr && row < kRows; ++row) {
    __builtin_memcpy(sums[row],
                     result.begun + (first_row + row) * result.begun_stride + first_output,
                     result_bytes);
  }
  const std::uint8_t* panel_codes = panels.codes + panel * panels.codes_to_next;
  const std::uint16_t* panel_scales = panels.scales + panel * panels.scales_to_next;
  for (std::int64_t step = 0; step < rows.steps; ++step) {
    const std::int64_t place = step * rows.rows + first_row;
    const std::ptrdiff_t group = rows.groups[step];
    GroupSums<Policy, kRows> integers(rows.starts + place);
    multiply_group<Policy, kRows, kIsPacked>(panel_codes + group * kGroupBytes,
                                             rows.codes + place * kGroupInputs, integers);
    const std::uint16_t* scales = panel_scales + group * kPanelOutputs;
    for (int half = 0; half < kHalves; ++half) {
      const auto* upper_halves = reinterpret_cast<const __m128i*>(scales + half * kHalfOutputs);
      const __m256 weight_scales = _mm256_castsi256_ps(
          _mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(upper_halves)), 16));
#pragma GCC unroll 8
      for (int row = 0; row < kRows; ++row) {
        const __m256i whole = Policy::finish(integers.lanes[row][half], rows.starts[place + row]);
        const __m256 products =
            _mm256_mul_ps(_mm256_cvtepi32_ps(whole), _mm256_set1_ps(rows.scales[place + row]));
        float* lanes = sums[row] + half * kHalfOutputs;
        _mm256_store_ps(lanes, _mm256_fmadd_ps(products, weight_scales, _mm256_load_ps(lanes)));
      }
    }
  }
  for (int row = 0; row < kRows; ++row) {
    __builtin_memcpy(result.sums + (first_row + row) * result.stride + first_output, sums[row],
                     result_bytes);
  }
}

// At most kMostRows rows at once, so that their sums of a group stay in registers.
template <typename Policy, int kMostRows, bool kIsPacked>
void multiply_panels(const TileRows& rows, const TilePanels& panels, const TileResult& result) {
  for (int panel = 0; panel * kPanelOutputs < panels.outputs; ++panel) {
    int row = 0;
    for (; row + kMostRows <= rows.rows; row += kMostRows) {
      multiply_panel<Policy, kMostRows, kIsPacked>(rows, row, panels, panel, result);
    }
    for (; row < rows.rows; ++row) {
      multiply_panel<Policy, 1, kIsPacked>(rows, row, panels, panel, result);
    }
  }
}

void unpack_groups(const std::uint8_t* packed, std::int64_t groups, std::uint8_t* codes) {
  const __m256i low_half = _mm256_set1_epi8(0x0f);
  for (std::int64_t half = 0; half < 8 * groups; ++half) {
    const __m256i both = load_256(packed + half * kQuarterBytes / 2);
    std::uint8_t* low = codes + half / 2 * 2 * kQuarterBytes + half % 2 * kQuarterBytes / 2;
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(low), _mm256_and_si256(both, low_half));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(low + kQuarterBytes),
                        _mm256_and_si256(_mm256_srli_epi16(both, 4), low_half));
  }
}

}  // namespace
}  // namespace dali
