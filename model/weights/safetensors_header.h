// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>

#include "model/weights/stored_tensor.h"

namespace dali {

using SafetensorsMetadata = TensorFileMetadata;

struct SafetensorsHeader {
  StoredTensorMap tensors;
  SafetensorsMetadata metadata;
};

// Reads the header of a safetensors file: an 8-byte little-endian length, JSON {name: {dtype,
// shape, data_offsets}}, then the tensors' bytes without gaps, row-major and little-endian. The
// format: https://github.com/huggingface/safetensors. `file` is all of it, but only the header is
// looked at.
// Throws std::runtime_error "SOURCE: ..." in one line, naming the tensor where one is to blame,
// when the file is cut short or malformed: nothing is believed that was not checked.
SafetensorsHeader read_safetensors_header(std::span<const char> file, const std::string& source);

}  // namespace dali
