// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace dali {

// A whole file in memory. Pages are read when they are first touched and may be dropped again. The
// mapping is private: who writes into it gets a copy of that page, and the file never changes.
// Reading is safe from any thread. The file must not be cut short by somebody else meanwhile: that
// is SIGBUS on Linux.
class MappedFile {
 public:
  // Throws std::runtime_error naming the file when it is missing, empty or no regular file.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  char* bytes() const { return bytes_; }
  std::size_t size_bytes() const { return size_bytes_; }
  std::span<const char> contents() const { return {bytes_, size_bytes_}; }

  // Has the whole file read, once and in its order, so that who touches it later waits for no disk.
  void read_pages() const;

  // Gives the memory of the pages back; they are read again when they are next touched. What was
  // written into them is lost. For who reads a file once, piece by piece.
  void release_pages() const;

 private:
  char* bytes_ = nullptr;
  std::size_t size_bytes_ = 0;
};

}  // namespace dali
