#include "pipelines/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

#include "pipelines/errors.h"

namespace dali {
namespace {

[[noreturn]] void throw_file_error(const std::filesystem::path& path, int error) {
  throw MediaError(path.string() + ": cannot be written: " + std::strerror(error));
}

// Closes on every way out.
class FileDescriptor {
 public:
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  ~FileDescriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// mkostemps makes files for their owner alone; a caption file gets what any new file would.
mode_t mode_of_new_files() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

// Where a rename may put the file: behind a link, and never in place of a device or a folder.
std::filesystem::path replaceable(const std::filesystem::path& path) {
  std::error_code error;  // a path to nothing is fine
  const std::filesystem::path target =
      std::filesystem::is_symlink(path, error) ? std::filesystem::weakly_canonical(path) : path;
  if (std::filesystem::exists(target, error) && !std::filesystem::is_regular_file(target, error)) {
    throw MediaError(path.string() + ": cannot be written: not a regular file");
  }
  return target;
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& final_path)
    : final_path_(replaceable(final_path)) {
  const std::string extension = final_path_.extension().string();
  std::string name = (final_path_.parent_path() / ("." + final_path_.stem().string())).string() +
                     "-XXXXXX" + extension;
  const FileDescriptor file(
      ::mkostemps(name.data(), static_cast<int>(extension.size()), O_CLOEXEC));
  if (!file.is_open()) throw_file_error(final_path_, errno);
  temporary_path_ = name;
  if (::fchmod(file.get(), mode_of_new_files()) != 0) {
    const int error = errno;
    ::unlink(temporary_path_.c_str());
    throw_file_error(final_path_, error);
  }
}

AtomicFile::~AtomicFile() {
  if (!is_committed_) ::unlink(temporary_path_.c_str());
}

void AtomicFile::write(std::string_view content) {
  const FileDescriptor file(::open(temporary_path_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!file.is_open()) throw_file_error(final_path_, errno);
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written >= 0) {
      content.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      throw_file_error(final_path_, errno);
    }
  }
}

void AtomicFile::commit() {
  // A rename may reach the disk before the content does: without fsync, a power cut could leave
  // the new name on an empty file.
  const FileDescriptor file(::open(temporary_path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() || ::fsync(file.get()) != 0) throw_file_error(final_path_, errno);
  if (::rename(temporary_path_.c_str(), final_path_.c_str()) != 0) {
    throw_file_error(final_path_, errno);
  }
  is_committed_ = true;
}

}  // namespace dali
