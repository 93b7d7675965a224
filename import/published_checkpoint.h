// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "model/weights/tensor_file.h"

namespace dali {

// The weights of somebody else's model as they are published: one file, or the several of a folder.
// All are mapped, none is read before a tensor is. Not for several threads.
class PublishedCheckpoint {
 public:
  // `path` is a file of torch.save() or a safetensors file, or a folder that holds, as Hugging Face
  // lays it out, model.safetensors or pytorch_model.bin, whole or in shards with an index.
  // Throws std::runtime_error in one line naming the file: what is missing, malformed, or a tensor
  // that two files or no file of an index have.
  static PublishedCheckpoint open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::vector<std::string> names() const;  // sorted

  // Throw std::out_of_range for a name that names() lacks.
  const std::filesystem::path& file_of(const std::string& name) const;
  const StoredTensor& stored(const std::string& name) const;
  at::Tensor tensor(const std::string& name) const;  // a view of a mapped file, on the CPU

  // Gives back the memory that reading tensors took. Views that are left read their file again.
  void release_pages() const;

 private:
  std::filesystem::path path_;
  std::vector<TensorFile> files_;
  std::map<std::string, std::size_t> file_by_name_;  // index into files_
};

}  // namespace dali
