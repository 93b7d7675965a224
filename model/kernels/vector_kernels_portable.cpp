// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/vector_kernels.h"

namespace dali {
namespace {

constexpr int kLanes = 4;
// 12 sums, 2 columns and a factor in 16 registers.
constexpr int kTileRows = 6;
constexpr int kTileVectors = 2;

}  // namespace
}  // namespace dali

#include "model/kernels/attention_code.h"
#include "model/kernels/row_code.h"

namespace dali {

const VectorKernels kPortableKernels = {.pack_head = pack_head,
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

}  // namespace dali
