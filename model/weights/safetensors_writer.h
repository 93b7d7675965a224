// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "model/base/file_replacement.h"
#include "model/weights/safetensors_header.h"

namespace dali {

// A tensor that is going to be written.
struct SafetensorsEntry {
  std::string name;
  at::ScalarType dtype = at::kFloat;
  std::vector<std::int64_t> shape;

  std::size_t size_bytes() const;
};

// Writes a safetensors file whose tensors need not be in memory together: what they are called and
// how large they are is known at first, their numbers come one tensor after the other. The file
// appears in one step, with commit(); without it nothing is left.
// Every failure throws std::runtime_error naming the file; tensors that do not fit the entries are
// the caller's mistake, c10::Error.
class SafetensorsWriter {
 public:
  // The tensors lie in the file in the order of `entries`. Those with wider elements should come
  // first: then every tensor is aligned to its dtype.
  SafetensorsWriter(const std::filesystem::path& path, std::vector<SafetensorsEntry> entries,
                    const SafetensorsMetadata& metadata = {});

  // The next entry's tensor; any device, any strides.
  void write(const at::Tensor& tensor);

  void commit();

 private:
  std::vector<SafetensorsEntry> entries_;
  std::size_t written_ = 0;
  FileReplacement file_;
};

}  // namespace dali
