// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdlib>
#include <span>

#include "model/weights/stored_tensor.h"

namespace dali {

// Reads every element of `tensor` out of `file`, one index after the other. A reader that let one
// outside the file through is found here, by AddressSanitizer.
inline void touch_elements(std::span<const char> file, const StoredTensor& tensor) {
  const auto count = element_count(tensor.shape);
  if (!count || tensor.strides.size() != tensor.shape.size()) std::abort();
  const std::size_t element_bytes = bytes_of(tensor.type);
  std::vector<std::int64_t> index(tensor.shape.size(), 0);
  unsigned sum = 0;
  for (std::int64_t done = 0; done < *count; ++done) {
    std::size_t element = 0;
    for (std::size_t axis = 0; axis < index.size(); ++axis) {
      element += static_cast<std::size_t>(index[axis] * tensor.strides[axis]);
    }
    const std::size_t begin = tensor.begin + element * element_bytes;
    if (begin > file.size() || file.size() - begin < element_bytes) std::abort();
    for (std::size_t byte = 0; byte < element_bytes; ++byte) {
      sum += static_cast<unsigned char>(file.data()[begin + byte]);
    }
    for (std::size_t axis = index.size(); axis-- > 0;) {
      if (++index[axis] < tensor.shape[axis]) break;
      index[axis] = 0;
    }
  }
  [[maybe_unused]] volatile unsigned kept = sum;
}

}  // namespace dali
