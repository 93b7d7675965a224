// SPDX-License-Identifier: LGPL-2.1-or-later
// For processors with AVX2 and FMA.
#if defined(__x86_64__)
#pragma GCC target("avx2,fma")
#define DALI_VECTOR_BYTES 32
#include "model/tensor/few_rows_code.h"

namespace dali {

void multiply_few_rows_256(const FewRowsWork& work) {
  multiply_few_rows(work);
}

}  // namespace dali
#endif
