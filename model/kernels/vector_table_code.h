// SPDX-License-Identifier: LGPL-2.1-or-later
// All kernels as one file of vector_kernels_*.cpp compiles them; vector_code.h says how.
#pragma once

#include "model/kernels/attention_code.h"
#include "model/kernels/row_code.h"
#include "model/kernels/vector_kernels.h"

namespace dali {
namespace {

constexpr VectorKernels kKernelsOfThisFile = {.pack_head = pack_head,
                                              .attend_block = attend_block,
                                              .attend_one = attend_one,
                                              .rms_norm = rms_norm,
                                              .silu_product = silu_product,
                                              .gelu = gelu,
                                              .quick_gelu = quick_gelu,
                                              .rotate = rotate,
                                              .add = add,
                                              .to_bfloat16 = to_bfloat16,
                                              .to_float32 = to_float32};

}  // namespace
}  // namespace dali
