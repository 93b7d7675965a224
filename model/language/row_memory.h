// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/kernels/quantised_rows.h"

namespace dali {

// Where passes through the decoder compute, one at a time, kept from one to the next: a prompt's
// rows are a hundred megabytes, which the system would hand out and clear anew for every layer.
class RowMemory {
 public:
  // Room for so many numbers, float32; what stood there is lost when it grows.
  float* numbers(std::int64_t count);

  QuantisedRows quantised;

 private:
  at::Tensor numbers_;  // [as many as were asked for at most]
};

}  // namespace dali
