// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernel for every processor: loops over the outputs of a panel, which compilers turn into
// vectors.
#include <algorithm>
#include <array>

#include "model/kernels/bfloat16.h"
#include "model/kernels/quantised_kernel.h"

namespace dali {
namespace {

using Codes = std::array<std::uint8_t, kGroupInputs * kPanelOutputs>;
using Integers = std::array<std::int32_t, kPanelOutputs>;
using Sums = std::array<float, kPanelOutputs>;

// A group of a panel in the order of int8, whatever its format.
const std::uint8_t* unpacked(const std::uint8_t* bytes, WeightFormat format, Codes& codes) {
  if (format == WeightFormat::kInt8) return bytes;
  constexpr std::size_t kQuarter = 4 * kPanelOutputs;
  for (std::size_t eight = 0; eight < 4; ++eight) {
    for (std::size_t byte = 0; byte < kQuarter; ++byte) {
      codes[2 * eight * kQuarter + byte] = bytes[eight * kQuarter + byte] & 0x0f;
      codes[(2 * eight + 1) * kQuarter + byte] = bytes[eight * kQuarter + byte] >> 4;
    }
  }
  return codes.data();
}

void add_products(const std::uint8_t* codes, const std::int8_t* row, Integers& sums) {
  for (std::int64_t four = 0; four < kGroupInputs / 4; ++four) {
    const std::uint8_t* weights = codes + four * 4 * kPanelOutputs;
    for (std::size_t output = 0; output < sums.size(); ++output) {
      for (std::size_t input = 0; input < 4; ++input) {
        sums[output] += weights[4 * output + input] * row[4 * four + static_cast<int>(input)];
      }
    }
  }
}

void multiply_panel(const QuantisedRows& rows, const QuantisedMatrix& matrix, std::int64_t panel,
                    std::int64_t row, Sums& sums) {
  const QuantisedLayout& layout = matrix.layout;
  const auto steps = static_cast<std::int64_t>(rows.step_groups.size());
  sums.fill(0.0f);
  Codes scratch;
  for (std::int64_t step = 0; step < steps; ++step) {
    const auto position = static_cast<std::size_t>(row * steps + step);
    const float row_scale = rows.scales[position];
    if (row_scale == 0.0f) continue;
    const std::int64_t group =
        panel * layout.groups() + rows.step_groups[static_cast<std::size_t>(step)];
    Integers integers;
    integers.fill(-layout.zero() * rows.sums[position]);
    add_products(unpacked(matrix.codes + group * layout.group_bytes(), layout.format, scratch),
                 &rows.codes[position * kGroupInputs], integers);
    const std::uint16_t* scales = matrix.scales + group * kPanelOutputs;
    for (std::size_t output = 0; output < sums.size(); ++output) {
      sums[output] +=
          static_cast<float>(integers[output]) * row_scale * from_bfloat16(scales[output]);
    }
  }
}

}  // namespace

void multiply_quantised_portable(const QuantisedRows& rows, const QuantisedMatrix& matrix,
                                 std::int64_t first_panel, std::int64_t end_panel, float* result,
                                 std::int64_t stride) {
  for (std::int64_t panel = first_panel; panel < end_panel; ++panel) {
    const std::int64_t first_output = panel * kPanelOutputs;
    const std::int64_t outputs = std::min(kPanelOutputs, matrix.layout.outputs - first_output);
    for (std::int64_t row = 0; row < rows.rows; ++row) {
      Sums sums;
      multiply_panel(rows, matrix, panel, row, sums);
      std::copy_n(sums.begin(), outputs, result + row * stride + first_output);
    }
  }
}

}  // namespace dali
