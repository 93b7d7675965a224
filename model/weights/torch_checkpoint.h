// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

#include "model/weights/tensor_file.h"

namespace dali {

// Maps a file that torch.save() wrote (.pth, .pt, .bin; see torch_archive.h) into memory. Throws
// std::runtime_error naming the file.
TensorFile open_torch_checkpoint(const std::filesystem::path& path);

}  // namespace dali
