// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>

#include "model/weights/safetensors_header.h"
#include "model/weights/tensor_file.h"

namespace dali {

// Maps a safetensors file into memory. Throws std::runtime_error naming the file, and the tensor
// where one is to blame, when the file is missing, cut short or malformed.
TensorFile open_safetensors(const std::filesystem::path& path);

// Writes `tensors` (any device, any strides) to `path` in one step: a reader sees the old file or
// the new one, also after a power cut. Throws std::runtime_error naming the file.
void save_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                      const SafetensorsMetadata& metadata = {});

}  // namespace dali
