// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/directory_replacement.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "model/base/file_replacement.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// "a/b/" and "a/b" are the same directory; only the second has a name to add to.
fs::path without_slash(const fs::path& path) {
  std::error_code error;
  const fs::path plain = fs::absolute(path, error).lexically_normal();
  if (error) throw FileError(path, "cannot be found: " + error.message());
  return plain.has_filename() ? plain : plain.parent_path();
}

// Throws FileError naming what cannot be removed.
void clear(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    fs::remove_all(entries->path(), error);
    if (error) throw FileError(entries->path(), "cannot be removed: " + error.message());
  }
  if (error) throw FileError(folder, "cannot be read: " + error.message());
}

}  // namespace

DirectoryReplacement::DirectoryReplacement(const fs::path& path) : path_(without_slash(path)) {
  std::error_code error;
  if (fs::exists(path_, error)) {
    const bool is_empty = fs::is_directory(path_, error) && fs::is_empty(path_, error);
    if (error) throw FileError(path_, "cannot be read: " + error.message());
    if (!is_empty) throw FileError(path_, "exists already and is not an empty folder");
  }
  temporary_path_ = path_.string() + ".partial";
  fs::create_directories(temporary_path_, error);
  if (error) throw FileError(path_, "cannot be created: " + error.message());
  descriptor_ = ::open(temporary_path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0) throw FileError(temporary_path_, errno);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor_);
    throw FileError(path_, "another process is writing it");
  }
  try {
    clear(temporary_path_);  // of what a killed attempt left
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

DirectoryReplacement::~DirectoryReplacement() {
  if (!is_committed_) {
    std::error_code ignored;
    fs::remove_all(temporary_path_, ignored);
  }
  ::close(descriptor_);
}

void DirectoryReplacement::commit() {
  sync_folder(temporary_path_);
  std::error_code error;
  fs::rename(temporary_path_, path_, error);
  if (error) throw FileError(path_, "cannot be renamed: " + error.message());
  is_committed_ = true;
  sync_folder(path_.parent_path());
}

}  // namespace dali
