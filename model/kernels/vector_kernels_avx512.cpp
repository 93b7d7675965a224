// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/vector_kernels.h"

#if defined(__x86_64__)
// For what this file defines; whatever headers it needs come before.
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")

namespace dali {
namespace {

constexpr int kLanes = 16;
// 24 sums and 4 columns in 32 registers; factors come from memory.
constexpr int kTileRows = 6;
constexpr int kTileVectors = 4;

}  // namespace
}  // namespace dali

#include "model/kernels/vector_table_code.h"

namespace dali {

const VectorKernels kAvx512Kernels = kKernelsOfThisFile;

}  // namespace dali

#endif
