// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/rows.h"

#include "model/kernels/vector_kernels.h"

namespace dali {
namespace {

const VectorKernels& kernels() {
  static const VectorKernels& best = kernels_for(best_instruction_set());
  return best;
}

}  // namespace

void rms_norm(const float* row, Numbers weight, std::int64_t width, float epsilon, float* result) {
  kernels().rms_norm(row, weight.data, weight.is_bfloat16, width, epsilon, result);
}

void silu_product(float* gate, const float* factor, std::int64_t count) {
  kernels().silu_product(gate, factor, count);
}

void gelu(void* numbers, bool is_bfloat16, std::int64_t count) {
  kernels().gelu(numbers, is_bfloat16, count);
}

void quick_gelu(void* numbers, bool is_bfloat16, std::int64_t count) {
  kernels().quick_gelu(numbers, is_bfloat16, count);
}

void rotate(float* head, const float* cosines, const float* signed_sines, std::int64_t width) {
  kernels().rotate(head, cosines, signed_sines, width);
}

void add(float* sums, Numbers numbers, std::int64_t count) {
  kernels().add(sums, numbers.data, numbers.is_bfloat16, count);
}

void to_bfloat16(const float* numbers, std::int64_t count, void* result) {
  kernels().to_bfloat16(numbers, count, result);
}

void to_float32(const void* bfloat16, std::int64_t count, float* result) {
  kernels().to_float32(bfloat16, count, result);
}

}  // namespace dali
