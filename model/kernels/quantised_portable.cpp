// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel for every processor, in GNU's vectors of 16 bytes, which all 64-bit processors have.
#include <algorithm>
#include <array>
#include <cstring>

#include "model/kernels/bfloat16.h"
#include "model/kernels/quantised_tile.h"

namespace dali {
namespace {

using Shorts [[gnu::vector_size(16)]] = std::int16_t;
using Ints [[gnu::vector_size(16)]] = std::int32_t;
using Floats [[gnu::vector_size(16)]] = float;

constexpr std::int64_t kQuarterBytes = 4 * kPanelOutputs;  // 4 inputs of a panel
constexpr std::int64_t kLanes = 4;
constexpr std::int64_t kParts = kPanelOutputs / kLanes;
constexpr std::int64_t kGroupCodes = kGroupInputs * kPanelOutputs;

void unpack(const std::uint8_t* packed, std::int64_t groups, std::uint8_t* codes) {
  for (std::int64_t quarter = 0; quarter < 4 * groups; ++quarter) {
    const std::uint8_t* both = packed + quarter * kQuarterBytes;
    std::uint8_t* low = codes + 2 * quarter * kQuarterBytes;
    for (std::int64_t i = 0; i < kQuarterBytes; ++i) {
      low[i] = both[i] & 0x0f;
      low[kQuarterBytes + i] = both[i] >> 4;
    }
  }
}

// a[0] b[0] + a[1] b[1], a[2] b[2] + a[3] b[3] ..., where one product fits into 16 bits.
Ints pair_products(Shorts a, Shorts b) {
#if defined(__SSE2__)
  return reinterpret_cast<Ints>(__builtin_ia32_pmaddwd128(a, b));
#else
  const Ints products = reinterpret_cast<Ints>(a * b);
  return ((products << 16) >> 16) + (products >> 16);
#endif
}

// Two outputs' codes of 4 inputs.
Shorts widened(const std::uint8_t* codes) {
  using Bytes [[gnu::vector_size(8)]] = std::uint8_t;
  Bytes bytes;
  std::memcpy(&bytes, codes, sizeof(bytes));
  return __builtin_convertvector(bytes, Shorts);
}

// A row's inputs of a group, each four of them twice, for two outputs.
using Inputs = std::array<Shorts, kGroupInputs / 4>;

Inputs inputs_of(const std::int8_t* codes) {
  Inputs inputs;
  for (std::size_t four = 0; four < inputs.size(); ++four) {
    const std::int8_t* c = codes + 4 * four;
    inputs[four] = Shorts{c[0], c[1], c[2], c[3], c[0], c[1], c[2], c[3]};
  }
  return inputs;
}

// Sums of kLanes outputs' products for some rows, beginning with `starts`. `codes` of the panel's
// group, as bytes.
template <int kRows>
void sum_products(const std::uint8_t* codes, std::int64_t part, const Inputs* rows,
                  const std::int32_t* starts, Ints (&sums)[kRows]) {
  Ints first_two[kRows] = {};
  Ints last_two[kRows] = {};
  for (std::size_t four = 0; four < kGroupInputs / 4; ++four) {
    const std::uint8_t* bytes =
        codes + static_cast<std::int64_t>(four) * kQuarterBytes + part * 4 * kLanes;
    const Shorts first = widened(bytes);
    const Shorts last = widened(bytes + 8);
#pragma GCC unroll 4
    for (int row = 0; row < kRows; ++row) {
      first_two[row] += pair_products(first, rows[row][four]);
      last_two[row] += pair_products(last, rows[row][four]);
    }
  }
#pragma GCC unroll 4
  for (int row = 0; row < kRows; ++row) {
    sums[row] = __builtin_shuffle(first_two[row], last_two[row], Ints{0, 2, 4, 6}) +
                __builtin_shuffle(first_two[row], last_two[row], Ints{1, 3, 5, 7}) + starts[row];
  }
}

Floats scales_at(const std::uint16_t* scales) {
  return Floats{from_bfloat16(scales[0]), from_bfloat16(scales[1]), from_bfloat16(scales[2]),
                from_bfloat16(scales[3])};
}

// Rows [first_row, first_row + kRows) of a tile times one panel.
template <int kRows>
void multiply_panel(const TileRows& rows, int first_row, const TilePanels& panels, int panel,
                    const TileResult& result) {
  const bool is_packed = panels.format == WeightFormat::kInt4 && !panels.is_unpacked;
  const std::int64_t first_output = panel * kPanelOutputs;
  const std::int64_t outputs = std::min(kPanelOutputs, panels.outputs - first_output);
  alignas(16) float lanes[kRows][kPanelOutputs] = {};
  for (int row = 0; result.begun != nullptr && row < kRows; ++row) {
    std::copy_n(result.begun + (first_row + row) * result.begun_stride + first_output, outputs,
                lanes[row]);
  }
  std::array<std::uint8_t, kGroupCodes> scratch;
  for (std::int64_t step = 0; step < rows.steps; ++step) {
    const std::int64_t place = step * rows.rows + first_row;
    const std::ptrdiff_t group = rows.groups[step];
    const std::uint8_t* codes = panels.codes + panel * panels.codes_to_next +
                                group * (is_packed ? kGroupCodes / 2 : kGroupCodes);
    if (is_packed) {
      unpack(codes, 1, scratch.data());
      codes = scratch.data();
    }
    const std::uint16_t* scales =
        panels.scales + panel * panels.scales_to_next + group * kPanelOutputs;
    Inputs inputs[kRows];
    for (int row = 0; row < kRows; ++row) {
      inputs[row] = inputs_of(rows.codes + (place + row) * kGroupInputs);
    }
    for (std::int64_t part = 0; part < kParts; ++part) {
      Ints sums[kRows];
      sum_products<kRows>(codes, part, inputs, rows.starts + place, sums);
      const Floats weight_scales = scales_at(scales + part * kLanes);
      for (int row = 0; row < kRows; ++row) {
        float* lane = lanes[row] + part * kLanes;
        const Floats products =
            __builtin_convertvector(sums[row], Floats) * rows.scales[place + row];
        Floats so_far;
        std::memcpy(&so_far, lane, sizeof(so_far));
        so_far += products * weight_scales;
        std::memcpy(lane, &so_far, sizeof(so_far));
      }
    }
  }
  for (int row = 0; row < kRows; ++row) {
    std::copy_n(lanes[row], outputs,
                result.sums + (first_row + row) * result.stride + first_output);
  }
}

void multiply_tile(const TileRows& rows, const TilePanels& panels, const TileResult& result) {
  for (int panel = 0; panel * kPanelOutputs < panels.outputs; ++panel) {
    int row = 0;
    for (; row + 3 <= rows.rows; row += 3) multiply_panel<3>(rows, row, panels, panel, result);
    for (; row < rows.rows; ++row) multiply_panel<1>(rows, row, panels, panel, result);
  }
}

}  // namespace

const QuantisedKernel kPortableKernel = {.multiply = multiply_tile, .unpack = unpack};

}  // namespace dali
