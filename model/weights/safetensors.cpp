// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/safetensors.h"

#include <utility>

namespace dali {

TensorFile open_safetensors(const std::filesystem::path& path) {
  auto mapping = std::make_shared<const MappedFile>(path);
  SafetensorsHeader header = read_safetensors_header(mapping->contents(), path.string());
  return TensorFile(path, std::move(mapping), std::move(header.tensors),
                    std::move(header.metadata));
}

}  // namespace dali
