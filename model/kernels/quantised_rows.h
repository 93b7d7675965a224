// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace dali {

// Rows of activations as integers, the left side of a product with a QuantisedMatrix. Every 32
// neighbours of a row have a scale of their own. Where one of them is so large that the rest would
// be lost beside it (Llama's outlier channels are some hundred times the others), what the codes
// leave over is quantised again: the row then has a second step for that group, with a finer
// scale. Rows without such an outlier have zeros there, so that what comes out for a row never
// depends on the others.
struct QuantisedRows {
  std::int64_t rows = 0;
  std::int64_t inputs = 0;                // a multiple of kGroupInputs
  std::vector<std::int32_t> step_groups;  // [steps]: the group of the matrix, rising

  std::vector<std::int8_t> codes;  // [rows, steps, 32], -127..127
  std::vector<float> scales;       // [rows, steps]
  std::vector<std::int32_t> sums;  // [rows, steps]: of the codes; times the matrix's zero they make
                                   // up for codes that are stored without a sign
};

// values [rows, inputs], `stride` numbers from row to row, finite. Reuses the memory of
// `quantised`.
void quantise_rows(const float* values, std::int64_t rows, std::int64_t inputs, std::int64_t stride,
                   QuantisedRows& quantised);

}  // namespace dali
