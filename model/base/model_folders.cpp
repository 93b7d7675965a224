// SPDX-License-Identifier: LGPL-2.1-or-later
// The folders are those of the XDG Base Directory Specification.
#include "model/base/model_folders.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <system_error>

#include "model/base/embedded_model.h"
#include "model/base/installation.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

const fs::path kOurs = fs::path("gst-dali") / "models";

std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

}  // namespace

fs::path users_models_folder() {
  const fs::path chosen = variable("XDG_DATA_HOME", "");
  if (chosen.is_absolute()) return chosen / kOurs;  // a relative one is to be ignored
  const fs::path home = variable("HOME", "");
  return home.is_absolute() ? home / ".local" / "share" / kOurs : fs::path();
}

std::vector<fs::path> models_folders() {
  std::vector<fs::path> folders;
  if (const fs::path own = users_models_folder(); !own.empty()) folders.push_back(own);
  const std::string list = variable("XDG_DATA_DIRS", "/usr/local/share:/usr/share");
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(':', begin), list.size());
    const fs::path folder = list.substr(begin, end - begin);
    if (folder.is_absolute()) folders.push_back(folder / kOurs);
    begin = end + 1;
  }
  return folders;
}

fs::path model_directory_named(const fs::path& name) {
  if (name.has_parent_path() || !is_model_name(name.native()) || is_folder(name)) return name;
  if (is_model_socket(name)) return name;
  for (const fs::path& folder : models_folders()) {
    if (is_folder(folder / name)) return folder / name;
  }
  const fs::path own = own_installed_file(InstalledFolder::kModels, name.native());
  if (is_folder(own)) return own;
  const fs::path embedded = embedded_model_directory();
  return embedded.filename() == name && is_folder(embedded) ? embedded : name;
}

bool is_model_socket(const fs::path& name) {
  std::error_code error;
  const fs::file_status status = fs::status(name, error);
  return fs::is_socket(status) ||
         (status.type() == fs::file_type::not_found && name.extension() == ".sock");
}

bool is_model_name(std::string_view name) {
  if (name.empty() || name.front() == '.' || name.front() == '-') return false;
  return std::ranges::all_of(name, [](char letter) {
    const bool is_ascii_alphanumeric = (letter >= 'a' && letter <= 'z') ||
                                       (letter >= 'A' && letter <= 'Z') ||
                                       (letter >= '0' && letter <= '9');
    return is_ascii_alphanumeric || letter == '.' || letter == '-' || letter == '_' ||
           static_cast<unsigned char>(letter) >= 0x80;
  });
}

}  // namespace dali
