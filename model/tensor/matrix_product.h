// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

namespace dali {

// rows [rows, input_width] · weightᵀ + bias -> [rows, output_width], all of one dtype, by the
// fastest way for them on this machine. weight [output_width, input_width]; bias
// [output_width] or undefined.
at::Tensor product_with_weight(const at::Tensor& rows, const at::Tensor& weight,
                               const at::Tensor& bias);

// True for a bfloat16 tensor whose products are better computed in float32 and rounded: on a
// processor without AVX-512, where LibTorch multiplies bfloat16 number by number, forty times
// slower than float32. Both ways add up in float32. False where gradients are wanted: they stay in
// the tensor's own dtype.
bool is_better_widened(const at::Tensor& tensor);

}  // namespace dali
