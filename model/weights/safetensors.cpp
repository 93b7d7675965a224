// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/safetensors.h"

#include <utility>

namespace dali {

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path,
                                 std::shared_ptr<const MappedFile> mapping,
                                 SafetensorsHeader header)
    : TensorFile(path, std::move(mapping), std::move(header.tensors)),
      metadata_(std::move(header.metadata)) {}

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  auto mapping = std::make_shared<const MappedFile>(path);
  SafetensorsHeader header = read_safetensors_header(mapping->contents(), path.string());
  return SafetensorsFile(path, std::move(mapping), std::move(header));
}

}  // namespace dali
