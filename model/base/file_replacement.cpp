// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/file_replacement.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kModeOfNewFiles = 0666;  // less what the umask takes away

std::string descriptor_path(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// Short, because the final name may be as long as names can be. Another one at every call.
fs::path name_beside(const fs::path& path) {
  static std::atomic<unsigned> number = 0;
  return folder_of(path) / (".dali-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
}

// Not every file system knows files without a name.
bool has_no_unnamed_files(int error) {
  return error == EOPNOTSUPP || error == EISDIR || error == ENOENT || error == EINVAL;
}

// Behind a link, also one whose target is still to be made.
fs::path behind_links(fs::path path) {
  constexpr int kMostLinks = 40;  // as the kernel has it
  std::error_code error;          // a path to nothing is fine
  for (int i = 0; i < kMostLinks && fs::is_symlink(path, error); ++i) {
    const fs::path target = fs::read_symlink(path, error);
    if (error) break;
    path = target.is_absolute() ? target : path.parent_path() / target;
  }
  return path;
}

// Where a rename may put the file: behind a link, and never in place of a device or a folder.
fs::path replaceable(const fs::path& path) {
  std::error_code error;
  fs::path target = behind_links(path);
  if (fs::exists(target, error) && !fs::is_regular_file(target, error)) {
    throw FileError(path, "cannot be written: not a regular file");
  }
  return target;
}

// Nothing where there is no file.
std::optional<mode_t> mode_of(const fs::path& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  constexpr mode_t kPermissions = 0777;
  return status.st_mode & kPermissions;
}

}  // namespace

FileError::FileError(const fs::path& path, std::string_view what)
    : std::runtime_error(path.string() + ": " + std::string(what)) {}

FileError::FileError(const fs::path& path, int error)
    : FileError(path, "cannot be written: " +
                          std::error_code(error, std::generic_category()).message()) {}

FileReplacement::FileReplacement(const fs::path& path, Sync sync)
    : path_(replaceable(path)), sync_(sync) {
  open_unnamed();
  if (descriptor_ < 0) open_named();
  const std::optional<mode_t> old_mode = mode_of(path_);
  if (!old_mode || ::fchmod(descriptor_, *old_mode) == 0) return;
  const int error = errno;
  ::close(descriptor_);
  if (!name_.empty()) ::unlink(name_.c_str());
  throw FileError(path_, error);
}

FileReplacement::~FileReplacement() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!name_.empty()) ::unlink(name_.c_str());
}

void FileReplacement::open_unnamed() {
  descriptor_ = ::open(folder_of(path_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kModeOfNewFiles);
  if (descriptor_ < 0) {
    if (!has_no_unnamed_files(errno)) throw FileError(path_, errno);
    return;
  }
  // Without /proc it could be given no name.
  if (::access(descriptor_path(descriptor_).c_str(), F_OK) != 0) {
    ::close(std::exchange(descriptor_, -1));
  }
}

void FileReplacement::open_named() {
  for (;;) {
    const fs::path name = name_beside(path_);
    descriptor_ = ::open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, kModeOfNewFiles);
    if (descriptor_ >= 0) {
      name_ = name;
      return;
    }
    if (errno != EEXIST) throw FileError(path_, errno);
  }
}

fs::path FileReplacement::temporary_path() const {
  return name_.empty() ? fs::path(descriptor_path(descriptor_)) : name_;
}

void FileReplacement::write(const void* bytes, std::size_t count) {
  const char* position = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = ::write(descriptor_, position, count);
    if (written < 0) {
      if (errno == EINTR) continue;
      throw FileError(path_, errno);
    }
    position += written;
    count -= static_cast<std::size_t>(written);
  }
}

void FileReplacement::commit() {
  // A rename may reach the disk before the content does: without this, a power cut could leave the
  // new name on an empty file.
  if (sync_ == Sync::kNow && ::fsync(descriptor_) != 0) throw FileError(path_, errno);
  name_.empty() ? link_unnamed() : close();
  if (!name_.empty()) {
    if (::rename(name_.c_str(), path_.c_str()) != 0) throw FileError(path_, errno);
    name_.clear();
  }
  // The new name is safe only when the folder is on the disk too.
  if (sync_ == Sync::kNow) sync_folder(folder_of(path_));
}

// Gives it the final name, or one beside it when that is taken: a link takes no other file's place,
// a rename does.
void FileReplacement::link_unnamed() {
  const std::string unnamed = descriptor_path(descriptor_);
  const auto link_to = [&](const fs::path& name) {
    return ::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  };
  if (link_to(path_)) return;
  while (name_.empty()) {
    if (errno != EEXIST) throw FileError(path_, errno);
    const fs::path name = name_beside(path_);
    if (link_to(name)) name_ = name;
  }
}

// Some file systems say only now that there was no room.
void FileReplacement::close() {
  if (::close(std::exchange(descriptor_, -1)) != 0) throw FileError(path_, errno);
}

void replace_file(const fs::path& path, std::string_view content, Sync sync) {
  FileReplacement file(path, sync);
  file.write(content);
  file.commit();
}

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace dali
