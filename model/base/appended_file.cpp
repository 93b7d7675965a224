// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/appended_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "model/base/file_replacement.h"

namespace dali {
namespace {

// Takes back the bytes that were written last, unless another process has gone on behind them. A
// pipe or a terminal keeps them.
void take_back(int descriptor, off_t count) {
  const off_t end = ::lseek(descriptor, 0, SEEK_CUR);
  if (count == 0 || end < 0 || ::lseek(descriptor, 0, SEEK_END) != end) return;
  [[maybe_unused]] const int ignored = ::ftruncate(descriptor, end - count);
}

}  // namespace

AppendedFile::AppendedFile(std::filesystem::path path)
    : path_(std::move(path)),
      descriptor_(::open(path_.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) throw FileError(path_, errno);
}

AppendedFile::~AppendedFile() {
  ::close(descriptor_);
}

void AppendedFile::append(std::string_view record) {
  std::size_t written = 0;
  while (written < record.size()) {
    const ssize_t count = ::write(descriptor_, record.data() + written, record.size() - written);
    if (count >= 0) {
      written += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      const int error = errno;
      take_back(descriptor_, static_cast<off_t>(written));
      throw FileError(path_, error);
    }
  }
}

}  // namespace dali
