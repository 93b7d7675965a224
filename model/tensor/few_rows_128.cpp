// SPDX-License-Identifier: LGPL-2.1-or-later
// For every processor: vectors of 128 bits, which every x86-64 and every 64-bit ARM has.
#define DALI_VECTOR_BYTES 16
#include "model/tensor/few_rows_code.h"

namespace dali {

void multiply_few_rows_128(const FewRowsWork& work) {
  multiply_few_rows(work);
}

}  // namespace dali
