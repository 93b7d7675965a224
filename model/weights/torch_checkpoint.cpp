// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/torch_checkpoint.h"

#include <utility>

#include "model/weights/torch_archive.h"

namespace dali {

TensorFile open_torch_checkpoint(const std::filesystem::path& path) {
  auto mapping = std::make_shared<const MappedFile>(path);
  StoredTensorMap stored = read_torch_archive(mapping->contents(), path.string());
  return TensorFile(path, std::move(mapping), std::move(stored));
}

}  // namespace dali
