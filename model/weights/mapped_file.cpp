// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace dali {
namespace {

[[noreturn]] void refuse_file(const std::filesystem::path& path, const std::string& reason) {
  throw std::runtime_error(path.string() + ": " + reason);
}

std::string text_of(int error_number) {
  return std::error_code(error_number, std::generic_category()).message();
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) refuse_file(path, text_of(errno));
  struct stat status {};
  const bool is_file = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  void* address = MAP_FAILED;
  if (is_file && status.st_size > 0) {
    size_bytes_ = static_cast<std::size_t>(status.st_size);
    // Without a reservation: only pages that are written cost memory of their own.
    address = ::mmap(nullptr, size_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE,
                     descriptor, 0);
  }
  const int map_errno = errno;
  ::close(descriptor);
  if (!is_file) refuse_file(path, "not a regular file");
  if (size_bytes_ == 0) refuse_file(path, "empty, too short to hold tensors");
  if (address == MAP_FAILED) refuse_file(path, "cannot be mapped: " + text_of(map_errno));
  bytes_ = static_cast<char*>(address);
}

MappedFile::~MappedFile() {
  ::munmap(bytes_, size_bytes_);
}

void MappedFile::read_pages() const {
#ifdef MADV_POPULATE_READ
  if (::madvise(bytes_, size_bytes_, MADV_POPULATE_READ) == 0) return;
#endif
  ::madvise(bytes_, size_bytes_, MADV_WILLNEED);  // Linux before 5.14: begins to read
}

void MappedFile::release_pages() const {
  ::madvise(bytes_, size_bytes_, MADV_DONTNEED);
}

}  // namespace dali
