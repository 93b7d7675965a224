// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel for every processor: loops over the outputs of a panel, which compilers turn into
// vectors.
#include <algorithm>
#include <array>

#include "model/kernels/bfloat16.h"
#include "model/kernels/quantised_tile.h"

namespace dali {
namespace {

constexpr std::size_t kOutputs = kPanelOutputs;
constexpr std::size_t kQuarterBytes = 4 * kOutputs;  // 4 inputs of a panel
constexpr std::size_t kGroupCodes = kGroupInputs * kOutputs;

using Integers = std::array<std::int32_t, kOutputs>;
using Sums = std::array<float, kOutputs>;

void unpack(const std::uint8_t* packed, std::int64_t groups, std::uint8_t* codes) {
  const auto quarters = static_cast<std::size_t>(4 * groups);
  for (std::size_t quarter = 0; quarter < quarters; ++quarter) {
    const std::uint8_t* both = packed + quarter * kQuarterBytes;
    std::uint8_t* low = codes + 2 * quarter * kQuarterBytes;
    for (std::size_t i = 0; i < kQuarterBytes; ++i) {
      low[i] = both[i] & 0x0f;
      low[kQuarterBytes + i] = both[i] >> 4;
    }
  }
}

// Products of bytes fit into 16 bits with a sign when both are below 128 or one has 8 bits and the
// other 7: 255 · 127 < 2^15. Four of them need 32.
void add_products(const std::uint8_t* codes, const std::int8_t* row, Integers& sums) {
  for (std::size_t four = 0; four < kGroupInputs / 4; ++four) {
    const std::uint8_t* weights = codes + four * kQuarterBytes;
    const std::int8_t* inputs = row + 4 * four;
    for (std::size_t output = 0; output < kOutputs; ++output) {
      for (std::size_t input = 0; input < 4; ++input) {
        sums[output] += weights[4 * output + input] * inputs[input];
      }
    }
  }
}

void multiply_row(const TileRows& rows, int row, const TilePanels& panels, int panel,
                  const TileResult& result) {
  const bool is_packed = panels.format == WeightFormat::kInt4 && !panels.is_unpacked;
  const auto outputs = static_cast<std::size_t>(
      std::min<std::int64_t>(kPanelOutputs, panels.outputs - panel * kPanelOutputs));
  Sums sums = {};
  const std::int64_t first_output = panel * kPanelOutputs;
  if (result.begun != nullptr) {
    std::copy_n(result.begun + row * result.begun_stride + first_output, outputs, sums.begin());
  }
  std::array<std::uint8_t, kGroupCodes> scratch;
  for (std::int64_t step = 0; step < rows.steps; ++step) {
    const std::int64_t place = step * rows.rows + row;
    const std::ptrdiff_t group = rows.groups[step];
    const auto group_bytes = static_cast<std::ptrdiff_t>(is_packed ? kGroupCodes / 2 : kGroupCodes);
    const std::uint8_t* codes = panels.codes + panel * panels.codes_to_next + group * group_bytes;
    if (is_packed) {
      unpack(codes, 1, scratch.data());
      codes = scratch.data();
    }
    Integers integers;
    integers.fill(rows.starts[place]);
    add_products(codes, rows.codes + place * kGroupInputs, integers);
    const std::uint16_t* scales =
        panels.scales + panel * panels.scales_to_next + group * kPanelOutputs;
    for (std::size_t output = 0; output < kOutputs; ++output) {
      sums[output] +=
          static_cast<float>(integers[output]) * rows.scales[place] * from_bfloat16(scales[output]);
    }
  }
  std::copy_n(sums.begin(), outputs, result.sums + row * result.stride + first_output);
}

void multiply_tile(const TileRows& rows, const TilePanels& panels, const TileResult& result) {
  for (int panel = 0; panel * kPanelOutputs < panels.outputs; ++panel) {
    for (int row = 0; row < rows.rows; ++row) {
      multiply_row(rows, row, panels, panel, result);
    }
  }
}

}  // namespace

const QuantisedKernel kPortableKernel = {.multiply = multiply_tile, .unpack = unpack};

}  // namespace dali
