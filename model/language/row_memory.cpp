// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/row_memory.h"

#include <ATen/ops/empty.h>

namespace dali {

float* RowMemory::numbers(std::int64_t count) {
  if (!numbers_.defined() || numbers_.numel() < count) {
    numbers_.reset();  // before there are both
    numbers_ = at::empty({count}, at::kFloat);
  }
  return numbers_.data_ptr<float>();
}

}  // namespace dali
