// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/weights/mapped_file.h"
#include "model/weights/stored_tensor.h"

namespace dali {

using TensorMap = std::map<std::string, at::Tensor>;

at::ScalarType scalar_type_of(ElementType type);

// Named tensors in a mapped file, whatever its format: open_safetensors() and
// open_torch_checkpoint() make one. A copy of this object shares the mapping, and so does every
// tensor; the last of them unmaps it. Reading is safe from any thread.
class TensorFile {
 public:
  TensorFile(std::filesystem::path path, std::shared_ptr<const MappedFile> mapping,
             StoredTensorMap stored, TensorFileMetadata metadata = {});

  const std::filesystem::path& path() const { return path_; }
  const StoredTensorMap& stored() const { return stored_; }
  const TensorFileMetadata& metadata() const { return metadata_; }

  std::vector<std::string> names() const;  // sorted
  bool contains(std::string_view name) const;

  // A view of the mapping on the CPU (a copy where the file does not align it to its dtype). Who
  // writes into it changes memory, not the file.
  // Throws std::runtime_error when there is no such tensor.
  at::Tensor tensor(std::string_view name) const;
  TensorMap tensors() const;

  // Of the mapping: see MappedFile.
  void read_pages() const { mapping_->read_pages(); }
  void release_pages() const { mapping_->release_pages(); }

 private:
  std::filesystem::path path_;
  std::shared_ptr<const MappedFile> mapping_;
  StoredTensorMap stored_;
  TensorFileMetadata metadata_;
};

}  // namespace dali
