// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/vector_kernels.h"

#if defined(__x86_64__)
// For what this file defines; whatever headers it needs come before.
#pragma GCC target("avx2,fma")

namespace dali {
namespace {

constexpr int kLanes = 8;
// 12 sums, 2 columns and a factor in 16 registers.
constexpr int kTileRows = 6;
constexpr int kTileVectors = 2;

}  // namespace
}  // namespace dali

#include "model/kernels/vector_table_code.h"

namespace dali {

const VectorKernels kAvx2Kernels = kKernelsOfThisFile;

}  // namespace dali

#endif
