// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

#include "pipelines/caption/errors.h"

namespace dali {
namespace {

[[noreturn]] void throw_file_error(const std::filesystem::path& path, int error) {
  throw MediaError(path.string() + ": cannot be written: " + std::strerror(error));
}

// mkostemp makes files for their owner alone; a caption file gets what any new file would.
mode_t mode_of_new_files() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

std::string descriptor_path(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

// Not every file system knows files without a name.
bool has_no_unnamed_files(int error) {
  return error == EOPNOTSUPP || error == EISDIR || error == ENOENT || error == EINVAL;
}

// Behind a link, also one whose target is still to be made.
std::filesystem::path behind_links(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as the kernel has it
  std::error_code error;          // a path to nothing is fine
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(path, error); ++i) {
    const std::filesystem::path target = std::filesystem::read_symlink(path, error);
    if (error) break;
    path = target.is_absolute() ? target : path.parent_path() / target;
  }
  return path;
}

// Where a rename may put the file: behind a link, and never in place of a device or a folder.
std::filesystem::path replaceable(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path target = behind_links(path);
  if (std::filesystem::exists(target, error) && !std::filesystem::is_regular_file(target, error)) {
    throw MediaError(path.string() + ": cannot be written: not a regular file");
  }
  return target;
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& final_path)
    : final_path_(replaceable(final_path)) {
  descriptor_ = ::open(folder_of(final_path_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (descriptor_ >= 0) return;
  if (!has_no_unnamed_files(errno)) throw_file_error(final_path_, errno);
  // Short, because the final name may be as long as names can be.
  std::string name = (folder_of(final_path_) / ".dali-XXXXXX").string();
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) throw_file_error(final_path_, errno);
  name_ = name;
  if (::fchmod(descriptor_, mode_of_new_files()) != 0) {
    const int error = errno;
    ::unlink(name_.c_str());
    ::close(descriptor_);
    throw_file_error(final_path_, error);
  }
}

AtomicFile::~AtomicFile() {
  if (!name_.empty()) ::unlink(name_.c_str());
  ::close(descriptor_);
}

std::filesystem::path AtomicFile::temporary_path() const {
  return name_.empty() ? std::filesystem::path(descriptor_path(descriptor_)) : name_;
}

void AtomicFile::write(std::string_view content) {
  if (::ftruncate(descriptor_, 0) != 0) throw_file_error(final_path_, errno);
  off_t at = 0;
  while (!content.empty()) {
    const ssize_t written = ::pwrite(descriptor_, content.data(), content.size(), at);
    if (written >= 0) {
      content.remove_prefix(static_cast<std::size_t>(written));
      at += written;
    } else if (errno != EINTR) {
      throw_file_error(final_path_, errno);
    }
  }
}

void AtomicFile::commit() {
  // A rename may reach the disk before the content does: without fsync, a power cut could leave
  // the new name on an empty file.
  if (::fsync(descriptor_) != 0) throw_file_error(final_path_, errno);
  if (name_.empty()) {
    const std::string unnamed = descriptor_path(descriptor_);
    const auto link_to = [&](const std::string& name) {
      return ::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
    };
    if (link_to(final_path_.string())) return;
    // A link takes no other file's place, a rename does.
    const std::string beside = (folder_of(final_path_) / ".dali-").string();
    for (int number = 0; name_.empty(); ++number) {
      if (errno != EEXIST) throw_file_error(final_path_, errno);
      const std::string name = beside + std::to_string(::getpid()) + "-" + std::to_string(number);
      if (link_to(name)) name_ = name;
    }
  }
  if (::rename(name_.c_str(), final_path_.c_str()) != 0) throw_file_error(final_path_, errno);
  name_.clear();
}

}  // namespace dali
