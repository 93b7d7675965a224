// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "model/kernels/instruction_set.h"

namespace dali {

// So many rows are multiplied by reading the weights once, at the memory's speed. With more of them
// the arithmetic is what takes the time, and blocks of the weights are better kept in a cache.
constexpr std::int64_t kFewRows = 4;

// rows [count, width] · weightᵀ -> result [count, outputs], in float32; weight [outputs, width],
// float32 or bfloat16, with weight_step numbers from one output to the next. What decoding a token
// multiplies. Shares the work with the calling thread's helpers (in_parts()). The result does not
// depend on them, nor of a row on the others; of bfloat16 not on the instructions either.
struct FewRowsProduct {
  const float* rows = nullptr;
  std::int64_t count = 0;
  std::int64_t width = 0;
  const void* weight = nullptr;
  bool is_bfloat16 = false;
  std::int64_t weight_step = 0;
  std::int64_t outputs = 0;
  float* result = nullptr;
};
void multiply_few_rows(const FewRowsProduct& product,
                       InstructionSet instructions = best_instruction_set());

}  // namespace dali
