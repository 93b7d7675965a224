// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

namespace dali {

// rows [rows, input_width] · weightᵀ + bias -> [rows, output_width], all of one dtype, by the
// fastest way for them on this machine. weight [output_width, input_width]; bias
// [output_width] or undefined; any strides. Differentiable, any number of times; the gradients go
// the same way, and none is computed for what needs none. In float32 and bfloat16 on the CPU it
// does not depend on the BLAS: oneDNN multiplies many rows (onednn_product.h), and few are
// multiplied while their weights are read (few_rows_product.h).
at::Tensor product_with_weight(const at::Tensor& rows, const at::Tensor& weight,
                               const at::Tensor& bias);

// How bfloat16 matrices are multiplied on the CPU. Both ways add up in float32, and round once.
enum class Bfloat16Arithmetic {
  kOwn,      // by the processor's instructions for them
  kWidened,  // in float32, a block of the weights at a time
};

// Whether there is anything to choose: false on a processor without AVX-512, where bfloat16 would
// be multiplied number by number, forty times slower than float32, and in a build without oneDNN,
// as LibTorch adds small products up in bfloat16. It is always widened there.
bool can_choose_bfloat16_arithmetic();

// What the process uses from now on; kOwn before the first call. Any thread.
void set_bfloat16_arithmetic(Bfloat16Arithmetic arithmetic);
Bfloat16Arithmetic bfloat16_arithmetic();

// A product of bfloat16 matrices in an arithmetic of one's own choice, which must be one that the
// processor has; without gradients. For whoever measures which is better.
at::Tensor product_by_arithmetic(const at::Tensor& rows, const at::Tensor& weight,
                                 const at::Tensor& bias, Bfloat16Arithmetic arithmetic);

// True for a bfloat16 tensor on the CPU whose products are better computed in float32 and rounded:
// where bfloat16_arithmetic() is kWidened. For other products than product_with_weight(), whose
// LibTorch may take the processor for one that oneDNN has been told it is not.
bool is_better_widened(const at::Tensor& tensor);

}  // namespace dali
