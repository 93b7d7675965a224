// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/file_replacement.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace dali {

FileReplacement::FileReplacement(std::filesystem::path path) : path_(std::move(path)) {
  std::string name = path_.string() + ".XXXXXX";
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) fail_with_errno("created");
  temporary_path_ = name;
}

FileReplacement::~FileReplacement() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_path_.empty()) ::unlink(temporary_path_.c_str());
}

void FileReplacement::write(const void* bytes, std::size_t count) {
  const char* position = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = ::write(descriptor_, position, count);
    if (written < 0) {
      if (errno == EINTR) continue;
      fail_with_errno("written");
    }
    position += written;
    count -= static_cast<std::size_t>(written);
  }
}

void FileReplacement::commit() {
  // mkostemp gives 0600; a file that others may read is what an ordinary open() would have made.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (::fchmod(descriptor_, 0666 & ~mask) != 0 || ::fsync(descriptor_) != 0) {
    fail_with_errno("written");
  }
  if (::close(std::exchange(descriptor_, -1)) != 0) fail_with_errno("written");
  if (::rename(temporary_path_.c_str(), path_.c_str()) != 0) fail_with_errno("renamed");
  temporary_path_.clear();

  // The new name is safe only when the folder is on the disk too. Not every file system can.
  const auto folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
  const int folder_descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_descriptor >= 0) {
    ::fsync(folder_descriptor);
    ::close(folder_descriptor);
  }
}

void FileReplacement::fail_with_errno(const char* action) const {
  const std::error_code code(errno, std::generic_category());
  throw std::runtime_error(path_.string() + ": cannot be " + action + ": " + code.message());
}

}  // namespace dali
