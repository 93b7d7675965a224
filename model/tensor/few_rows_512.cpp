// SPDX-License-Identifier: LGPL-2.1-or-later
// For processors with AVX-512.
#if defined(__x86_64__)
#pragma GCC target("avx512f")
#define DALI_VECTOR_BYTES 64
#include "model/tensor/few_rows_code.h"

namespace dali {

void multiply_few_rows_512(const FewRowsWork& work) {
  multiply_few_rows(work);
}

}  // namespace dali
#endif
