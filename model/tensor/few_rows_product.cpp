// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/tensor/few_rows_product.h"

#include <vector>

#include "model/tensor/few_rows_kernels.h"
#include "model/tensor/threads.h"

namespace dali {
namespace {

void multiply(const FewRowsWork& work, InstructionSet instructions) {
  switch (instructions) {
#if defined(__x86_64__)
    case InstructionSet::kAvx2:
      return multiply_few_rows_256(work);
    case InstructionSet::kAvx512:
      return multiply_few_rows_512(work);
#endif
    default:
      return multiply_few_rows_128(work);
  }
}

// The even factors of each block before the odd ones, as the bfloat16 weights come out of words of
// two. What does not fill a block stays in its order.
std::vector<float> interleaved_for_bfloat16(const FewRowsProduct& product) {
  constexpr std::int64_t kHalf = kSideBySide / 2;
  std::vector<float> interleaved(product.rows, product.rows + product.count * product.width);
  const auto whole = product.width - product.width % kSideBySide;
  for (std::int64_t row = 0; row < product.count; ++row) {
    for (std::int64_t block = 0; block < whole; block += kSideBySide) {
      const float* const from = product.rows + row * product.width + block;
      float* const to = interleaved.data() + row * product.width + block;
      for (std::int64_t pair = 0; pair < kHalf; ++pair) {
        to[pair] = from[2 * pair];
        to[kHalf + pair] = from[2 * pair + 1];
      }
    }
  }
  return interleaved;
}

}  // namespace

void multiply_few_rows(const FewRowsProduct& product, InstructionSet instructions) {
  std::vector<float> interleaved;
  if (product.is_bfloat16) interleaved = interleaved_for_bfloat16(product);
  const float* const rows = product.is_bfloat16 ? interleaved.data() : product.rows;
  const auto step_bytes = product.weight_step * (product.is_bfloat16 ? 2 : 4);
  constexpr std::int64_t kLeastOutputs = 32;  // that are worth waking another thread
  in_parts(product.outputs, kLeastOutputs, [&](std::int64_t first, std::int64_t end) {
    multiply({.is_bfloat16 = product.is_bfloat16,
              .weight = static_cast<const char*>(product.weight) + first * step_bytes,
              .weight_step = step_bytes,
              .rows = rows,
              .count = product.count,
              .width = product.width,
              .outputs = end - first,
              .result = product.result + first,
              .result_step = product.outputs},
             instructions);
  });
}

}  // namespace dali
