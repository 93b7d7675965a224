// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/vector_kernels.h"

namespace dali {

const VectorKernels& kernels_for(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::kAvx512) return kAvx512Kernels;
  if (set == InstructionSet::kAvx2) return kAvx2Kernels;
#endif
  static_cast<void>(set);
  return kPortableKernels;
}

}  // namespace dali
