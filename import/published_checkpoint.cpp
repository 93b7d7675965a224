// SPDX-License-Identifier: LGPL-2.1-or-later
#include "import/published_checkpoint.h"

#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "model/base/in_quotes.h"
#include "model/weights/safetensors.h"
#include "model/weights/strict_json.h"
#include "model/weights/torch_checkpoint.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// By its name where that says so: a safetensors file has no mark of its own in its bytes.
TensorFile open_tensor_file(const fs::path& path) {
  if (path.extension() == ".safetensors") return open_safetensors(path);
  return open_torch_checkpoint(path);
}

// The files of an index, and the names that it promises.
struct Index {
  std::set<std::string> files;
  std::vector<std::string> names;
};

Index read_index(const fs::path& path) {
  const nlohmann::json document = read_strict_json(path);
  if (!document.is_object() || !document.contains("weight_map") ||
      !document["weight_map"].is_object()) {
    throw std::runtime_error(path.string() + ": has no object \"weight_map\"");
  }
  Index index;
  for (const auto& [name, file] : document["weight_map"].items()) {
    // A plain name: an index must not reach into other folders.
    if (!file.is_string() || file.get_ref<const std::string&>().find('/') != std::string::npos) {
      throw std::runtime_error(path.string() + ": tensor " + in_quotes(name) +
                               " is not in a file beside the index");
    }
    index.files.insert(file.get<std::string>());
    index.names.push_back(name);
  }
  return index;
}

}  // namespace

PublishedCheckpoint PublishedCheckpoint::open(const fs::path& path) {
  PublishedCheckpoint checkpoint;
  checkpoint.path_ = path;
  std::vector<fs::path> paths;
  Index index;
  fs::path index_path;
  if (!fs::is_directory(path)) {
    paths.push_back(path);
  } else {
    for (const char* name : {"model.safetensors", "pytorch_model.bin"}) {
      index_path = path / (std::string(name) + ".index.json");
      if (fs::exists(index_path)) {
        index = read_index(index_path);
        for (const std::string& file : index.files) paths.push_back(path / file);
      } else if (fs::exists(path / name)) {
        paths.push_back(path / name);
      }
      if (!paths.empty()) break;
    }
    if (paths.empty()) {
      throw std::runtime_error(path.string() +
                               ": holds neither model.safetensors nor pytorch_model.bin, nor an "
                               "index (.index.json) of either");
    }
  }

  for (const fs::path& file_path : paths) {
    checkpoint.files_.push_back(open_tensor_file(file_path));
    for (const std::string& name : checkpoint.files_.back().names()) {
      if (!checkpoint.file_by_name_.emplace(name, checkpoint.files_.size() - 1).second) {
        throw std::runtime_error(file_path.string() + ": tensor " + in_quotes(name) +
                                 " stands in " + checkpoint.file_of(name).string() + ", too");
      }
    }
  }
  for (const std::string& name : index.names) {
    if (!checkpoint.file_by_name_.contains(name)) {
      throw std::runtime_error(index_path.string() + ": tensor " + in_quotes(name) +
                               " is in none of its files");
    }
  }
  return checkpoint;
}

std::vector<std::string> PublishedCheckpoint::names() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : file_by_name_) names.push_back(name);
  return names;
}

const fs::path& PublishedCheckpoint::file_of(const std::string& name) const {
  return files_[file_by_name_.at(name)].path();
}

const StoredTensor& PublishedCheckpoint::stored(const std::string& name) const {
  return files_[file_by_name_.at(name)].stored().at(name);
}

at::Tensor PublishedCheckpoint::tensor(const std::string& name) const {
  return files_[file_by_name_.at(name)].tensor(name);
}

void PublishedCheckpoint::release_pages() const {
  for (const TensorFile& file : files_) file.release_pages();
}

}  // namespace dali
