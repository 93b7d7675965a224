// SPDX-License-Identifier: LGPL-2.1-or-later
// The half of ModelImport that writes.

#include "import/integer_formats.h"
#include "import/model_import.h"
#include "import/model_shards.h"
#include "model/base/directory_replacement.h"
#include "model/weights/model_directory.h"
#include "model/weights/source_classes_json.h"

namespace dali {

namespace fs = std::filesystem;

std::vector<ModelTensor> ModelImport::tensors() const {
  std::vector<ModelTensor> tensors;
  for (const std::string& name : plan_.names()) {
    const auto format = integer_formats_.find(name);
    tensors.push_back({.name = name,
                       .shape = plan_.shape_of(name),
                       .dtype = request_.dtype,
                       .integers = format == integer_formats_.end()
                                       ? std::nullopt
                                       : std::optional(format->second)});
  }
  return tensors;
}

void ModelImport::write(const fs::path& out, const std::function<void()>& after_tensor) const {
  DirectoryReplacement directory(out);
  const std::vector<ModelTensor> written = tensors();
  check_room(directory.temporary_path(), size_bytes(written));
  ModelConfig config = config_;
  if (request_.name.empty() && request_.base.empty()) config.name = out.filename().string();
  const auto read_one = [this](const std::string& name, at::ScalarType dtype) {
    return read(name, dtype);
  };
  // Before the configuration, with which a folder is a model.
  if (classes_) write_source_classes(directory.temporary_path() / "classes.json", *classes_);
  if (!request_.base.empty()) {
    // Small parts: all of them fit into memory. The temporary folder lies beside the final one, so
    // the way from it to the base is the same.
    write_model_overlay(directory.temporary_path(), config,
                        read_all(written, read_one, after_tensor), request_.base);
  } else {
    write_shards(directory.temporary_path(), written, request_.largest_shard_bytes, read_one,
                 after_tensor);
    write_tokenizer_and_config(directory.temporary_path(), tokenizer_->path(), config);
  }
  directory.commit();
}

}  // namespace dali
