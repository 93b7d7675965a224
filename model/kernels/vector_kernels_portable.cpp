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

#include "model/kernels/vector_table_code.h"

namespace dali {

const VectorKernels kPortableKernels = kKernelsOfThisFile;

}  // namespace dali
