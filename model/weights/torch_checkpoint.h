// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

#include "model/weights/tensor_file.h"

namespace dali {

// A file that torch.save() wrote (.pth, .pt, .bin; see torch_archive.h), mapped into memory.
class TorchCheckpoint : public TensorFile {
 public:
  // Throws std::runtime_error naming the file.
  static TorchCheckpoint open(const std::filesystem::path& path);

 private:
  using TensorFile::TensorFile;
};

}  // namespace dali
