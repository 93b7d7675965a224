// SPDX-License-Identifier: LGPL-2.1-or-later
#include "import/directory_replacement.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <system_error>

namespace dali {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
  throw std::runtime_error(path.string() + ": " + what);
}

[[noreturn]] void fail_with_errno(const fs::path& path, const std::string& action) {
  const std::error_code code(errno, std::generic_category());
  fail(path, "cannot be " + action + ": " + code.message());
}

// "a/b/" and "a/b" are the same directory; only the second has a name to add to.
fs::path without_slash(const fs::path& path) {
  const fs::path plain = fs::absolute(path).lexically_normal();
  return plain.has_filename() ? plain : plain.parent_path();
}

}  // namespace

DirectoryReplacement::DirectoryReplacement(const fs::path& path) : path_(without_slash(path)) {
  std::error_code error;
  if (fs::exists(path_, error) && !(fs::is_directory(path_) && fs::is_empty(path_))) {
    fail(path_, "exists already and is not an empty folder");
  }
  temporary_path_ = path_.string() + ".partial";
  fs::create_directories(temporary_path_, error);
  if (error) fail(path_, "cannot be created: " + error.message());
  descriptor_ = ::open(temporary_path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0) fail_with_errno(temporary_path_, "opened");
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor_);
    fail(path_, "another process is writing it");
  }
  // What a killed attempt left.
  for (const auto& entry : fs::directory_iterator(temporary_path_)) {
    fs::remove_all(entry.path(), error);
    if (error) {
      ::close(descriptor_);
      fail(entry.path(), "cannot be removed: " + error.message());
    }
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
  // Not every file system can flush a directory.
  ::fsync(descriptor_);
  if (std::rename(temporary_path_.c_str(), path_.c_str()) != 0) fail_with_errno(path_, "renamed");
  is_committed_ = true;
  const int parent = ::open(path_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent >= 0) {
    ::fsync(parent);
    ::close(parent);
  }
}

}  // namespace dali
