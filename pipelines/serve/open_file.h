// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace dali {

// A file that is open and has no name: nobody else finds it, and it is gone with the last process
// that has it open, however that ends.
class OpenFile {
 public:
  // Made in `folder`. Throws std::system_error.
  explicit OpenFile(const std::filesystem::path& folder);
  ~OpenFile();
  OpenFile(OpenFile&& other) noexcept;
  OpenFile& operator=(OpenFile&& other) noexcept;

  int descriptor() const { return descriptor_; }
  std::uint64_t size() const { return size_; }  // of what append() wrote

  // Throws std::system_error; with ENOSPC or EDQUOT the disk is full.
  void append(std::string_view bytes);

  // All that is in it, whoever wrote it; at most `most_bytes`. Throws std::system_error.
  std::string content(std::size_t most_bytes) const;

 private:
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace dali
