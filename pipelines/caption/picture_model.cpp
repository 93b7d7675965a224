// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/picture_model.h"

#include <cerrno>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "model/base/embedded_model.h"
#include "model/base/file_replacement.h"
#include "model/base/model_folders.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

fs::path new_folder() {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  if (error) throw FileError(parent, error.message());
  std::string name = (parent / "dali-caption-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw FileError(name, errno);
  return name;
}

}  // namespace

PictureModel::PictureModel(const fs::path& model) : model_(model) {
  if (!model.empty() && is_model_socket(model)) return;
  const fs::path base = model.empty() ? embedded_model_directory() : model_directory_named(model);
  std::error_code error;
  if (!fs::exists(base / "config.json", error)) return;  // whoever loads it says so
  folder_ = new_folder();
  const nlohmann::json config = {{"base", fs::absolute(base).string()}, {"prefix_use", "never"}};
  try {
    replace_file(folder_ / "config.json", config.dump() + '\n', Sync::kLater);
  } catch (const FileError&) {
    fs::remove_all(folder_, error);
    throw;
  }
  model_ = folder_;
}

PictureModel::~PictureModel() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

}  // namespace dali
