// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace dali {

// A few rows times a part of a weight, as the kernels below take it. All memory is someone else's.
struct FewRowsWork {
  bool is_bfloat16 = false;      // the weight's type, else float32
  const char* weight = nullptr;  // [outputs, width]
  std::int64_t weight_step = 0;  // bytes from one output's weights to the next one's
  const float* rows = nullptr;   // [count, width]; of bfloat16 interleaved_for_bfloat16()
  std::int64_t count = 0;        // of rows
  std::int64_t width = 0;
  std::int64_t outputs = 0;
  float* result = nullptr;       // [count, outputs]
  std::int64_t result_step = 0;  // numbers from one row's results to the next one's
};

// Numbers that are added up side by side: sum i is of the factors i, i + 32, i + 64 ... (for
// bfloat16 of the even ones in the first half, of the odd ones in the second), and the 32 sums are
// added up by halves. All kernels keep to it, whatever the width of their vectors.
constexpr int kSideBySide = 32;

// One function for vectors of 128 bits, which any processor has, or does as well with smaller ones;
// of 256 bits, with AVX2 and FMA; of 512 bits, with AVX-512. A product of two bfloat16 numbers is
// exact in float32, so that for those all three give the same bits; for float32 the latter two do.
// Whoever calls one has asked whether the processor can run it.
void multiply_few_rows_128(const FewRowsWork& work);
#if defined(__x86_64__)
void multiply_few_rows_256(const FewRowsWork& work);
void multiply_few_rows_512(const FewRowsWork& work);
#endif

}  // namespace dali
