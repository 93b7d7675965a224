// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/folder_walk.h"

#include <algorithm>

namespace dali {

namespace fs = std::filesystem;

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  fs::recursive_directory_iterator entries(folder, fs::directory_options::follow_directory_symlink);
  for (; entries != fs::recursive_directory_iterator(); ++entries) {
    const fs::path& path = entries->path();
    const bool is_hidden = path.filename().string().starts_with('.');
    if (entries->is_directory()) {
      if (is_hidden || path.extension() == ".clips") entries.disable_recursion_pending();
    } else if (!is_hidden) {
      files.push_back(path);
    }
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace dali
