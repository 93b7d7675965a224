// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/installation.h"

#include <dlfcn.h>
#include <link.h>

#include <system_error>

namespace dali {
namespace {

namespace fs = std::filesystem;

fs::path configured_prefix() {
  return DALI_PREFIX;
}

// Absolute. What was configured to lie outside of the prefix does not move with it.
fs::path configured(InstalledFolder folder) {
  switch (folder) {
    case InstalledFolder::kPrograms:
      return DALI_PROGRAMS_DIR;
    case InstalledFolder::kLibraries:
      return DALI_LIBRARIES_DIR;
    case InstalledFolder::kModules:
      return DALI_MODULES_DIR;
    case InstalledFolder::kPlugins:
      return DALI_PLUGINS_DIR;
    case InstalledFolder::kModels:
      return DALI_MODELS_DIR;
  }
  return {};
}

// Where `folder` of a tree lies whose prefix is `prefix`.
fs::path below(const fs::path& prefix, InstalledFolder folder) {
  const fs::path inside = configured(folder).lexically_relative(configured_prefix());
  return *inside.begin() == ".." ? configured(folder) : prefix / inside;
}

// The prefix of the tree in which `place` is that folder; empty where it is not.
fs::path prefix_above(const fs::path& place, InstalledFolder folder) {
  if (place == configured(folder)) return configured_prefix();
  const fs::path inside = configured(folder).lexically_relative(configured_prefix());
  fs::path prefix = place;
  for (auto part = inside.end(); part != inside.begin(); prefix = prefix.parent_path()) {
    if (prefix.filename() != *--part) return {};
  }
  return prefix;
}

fs::path own_prefix() {
  const fs::path place = folder_of(reinterpret_cast<const void*>(&own_prefix));
  for (const auto folder :
       {InstalledFolder::kPlugins, InstalledFolder::kLibraries, InstalledFolder::kPrograms}) {
    if (fs::path prefix = prefix_above(place, folder); !prefix.empty()) return prefix;
  }
  return {};
}

}  // namespace

fs::path folder_of(const void* code) {
  Dl_info info;
  link_map* map = nullptr;
  if (dladdr1(code, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) == 0) return {};
  // The program itself has no name there, and what it was called by need not be a path.
  std::error_code error;
  return fs::canonical(*map->l_name == '\0' ? "/proc/self/exe" : map->l_name, error).parent_path();
}

fs::path own_installed_file(InstalledFolder folder, std::string_view name) {
  const fs::path prefix = own_prefix();
  if (prefix.empty()) return {};
  fs::path file = below(prefix, folder) / name;
  std::error_code error;
  return fs::exists(file, error) ? file : fs::path();
}

fs::path installed_file(InstalledFolder folder, std::string_view name) {
  fs::path file = own_installed_file(folder, name);
  return file.empty() ? configured(folder) / name : file;
}

}  // namespace dali
