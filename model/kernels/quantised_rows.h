// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "model/kernels/instruction_set.h"

namespace dali {

// Rows of activations as integers, the left side of a product with a QuantisedMatrix. Every 32
// neighbours of a row have a scale of their own. Where few of them are so large that the rest would
// be lost beside them (Llama's outlier channels are some hundred times the others), what the codes
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

// values [rows, inputs], `stride` numbers from row to row. Reuses the memory of `quantised`. A
// group with a number that is not finite gets a scale that is not a number, so that all of its
// row's products are not either.
void quantise_rows(const float* values, std::int64_t rows, std::int64_t inputs, std::int64_t stride,
                   QuantisedRows& quantised);

// The same, and the same bits, by one of usable_instruction_sets().
void quantise_rows_by(InstructionSet instructions, const float* values, std::int64_t rows,
                      std::int64_t inputs, std::int64_t stride, QuantisedRows& quantised);

}  // namespace dali
