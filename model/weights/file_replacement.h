// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace dali {

// A file that appears under its name only when it is complete: bytes go to a temporary file beside
// it, and commit() flushes that to the disk and renames it. Without commit() nothing is left.
// One thread only. Every failure throws std::runtime_error naming the file.
class FileReplacement {
 public:
  explicit FileReplacement(std::filesystem::path path);
  ~FileReplacement();
  FileReplacement(const FileReplacement&) = delete;
  FileReplacement& operator=(const FileReplacement&) = delete;

  void write(const void* bytes, std::size_t count);
  void write(std::string_view text) { write(text.data(), text.size()); }
  void commit();

 private:
  [[noreturn]] void fail_with_errno(const char* action) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_path_;  // empty once renamed
  int descriptor_ = -1;
};

}  // namespace dali
