// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>

#include "model/base/file_replacement.h"

namespace dali {

MemoryFile::MemoryFile(std::filesystem::path origin)
    : origin_(std::move(origin)), file_(::memfd_create("dali", MFD_CLOEXEC)) {
  if (!file_.is_open()) throw FileError(origin_, errno);
}

void MemoryFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      throw FileError(origin_, errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::filesystem::path MemoryFile::path() const {
  return "/proc/self/fd/" + std::to_string(file_.get());
}

}  // namespace dali
