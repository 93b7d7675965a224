// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/sounds/pipe_contents.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/base/file_replacement.h"

namespace dali {
namespace {

bool write_all(int descriptor, const char* bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t written = ::write(descriptor, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    count -= static_cast<std::size_t>(written);
  }
  return true;
}

}  // namespace

PipeContents::PipeContents(const std::filesystem::path& pipe)
    : descriptor_(memfd_create("dali-pipe", MFD_CLOEXEC)) {
  if (descriptor_ < 0) throw FileError(pipe, errno);
  std::ifstream stream(pipe, std::ios::binary);
  std::vector<char> block(1 << 16);
  long long total = 0;
  try {
    if (!stream) throw std::runtime_error(pipe.string() + ": cannot be opened");
    while (stream) {
      stream.read(block.data(), static_cast<std::streamsize>(block.size()));
      const std::streamsize read = stream.gcount();
      total += read;
      if (total > kLongestBytes) {
        throw std::runtime_error(pipe.string() + ": does not end within a gigabyte");
      }
      if (!write_all(descriptor_, block.data(), static_cast<std::size_t>(read))) {
        throw FileError(pipe, errno);
      }
    }
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

PipeContents::~PipeContents() {
  ::close(descriptor_);
}

std::filesystem::path PipeContents::path() const {
  return "/proc/self/fd/" + std::to_string(descriptor_);
}

}  // namespace dali
