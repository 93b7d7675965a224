// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dali {

enum class WeightFormat { kInt8, kInt4 };

// Neighbouring inputs of one output that share a scale.
inline constexpr std::int64_t kGroupInputs = 32;
// Outputs that lie together in memory, one a lane of the widest vectors.
inline constexpr std::int64_t kPanelOutputs = 16;

// How a matrix of weights [outputs, inputs] lies in memory and in files as integers: a weight is
// scale · (code - zero), zero 128 for int8 and 8 for int4, with one scale for 32 neighbouring
// inputs of an output. In the order in which products read it, so that a mapped file is used as it
// lies:
//
//   codes   [panels, groups, bytes of a group]  panels of 16 outputs, the last one filled with zero
//     int8: [panels, groups, 8, 16, 4]          input 32 group + 4 i + j of output 16 panel + o is
//                                               the byte [panel, group, i, o, j]
//     int4: [panels, groups, 4, 16, 4]          inputs 8 i + j (low half) and 8 i + 4 + j (high
//     half)
//   scales  [panels, groups, 16]                bfloat16: the upper half of a float32
struct QuantisedLayout {
  WeightFormat format = WeightFormat::kInt8;
  std::int64_t outputs = 0;
  std::int64_t inputs = 0;  // a multiple of kGroupInputs

  std::int64_t panels() const { return (outputs + kPanelOutputs - 1) / kPanelOutputs; }
  std::int64_t groups() const { return inputs / kGroupInputs; }
  std::int64_t group_bytes() const {  // of a panel
    return kPanelOutputs * kGroupInputs / (format == WeightFormat::kInt8 ? 1 : 2);
  }
  std::int64_t code_bytes() const { return panels() * groups() * group_bytes(); }
  std::int64_t scale_count() const { return panels() * groups() * kPanelOutputs; }
  int zero() const { return format == WeightFormat::kInt8 ? 128 : 8; }
};

// A matrix somewhere: borrowed.
struct QuantisedMatrix {
  QuantisedLayout layout;
  const std::uint8_t* codes = nullptr;    // [code_bytes]
  const std::uint16_t* scales = nullptr;  // [scale_count]
};

// Some panels' worth of weights, [outputs, inputs] row by row, as integers: the same on every
// processor. `weights` holds layout.outputs · layout.inputs finite numbers; codes and scales have
// the layout's sizes. A group of zeros gets the scale 0. int8: the largest weight has the code 127
// or -127, or one less as scales are rounded up. int4: the scale is the one of a few candidates
// that leaves the least squared error, below zero where the extreme weight is above.
void quantise(std::span<const float> weights, const QuantisedLayout& layout,
              std::span<std::uint8_t> codes, std::span<std::uint16_t> scales);

// What the integers stand for: outputs [first_output, end_output) of the matrix, row by row.
void dequantise(const QuantisedMatrix& matrix, std::int64_t first_output, std::int64_t end_output,
                std::span<float> weights);

}  // namespace dali
