// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string_view>

namespace dali {

// A file that grows record by record while the work goes on, such as a journal: each is there as
// soon as append() returns, whatever becomes of the process then, and one that does not fit on the
// disk is not there at all.
// Not thread-safe. Every failure throws FileError naming the file.
class AppendedFile {
 public:
  // Makes the file, or goes on behind what it holds.
  explicit AppendedFile(std::filesystem::path path);
  ~AppendedFile();
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;

  // May be tried again after it has thrown: the disk may have room then.
  void append(std::string_view record);

 private:
  std::filesystem::path path_;
  int descriptor_;  // owned
};

}  // namespace dali
