// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

namespace dali {

// A directory that appears under its name only when it is complete. It is filled under another
// name beside it, NAME.partial, and commit() renames that. Without commit() nothing is left; when
// the process is killed, NAME.partial is, and the next attempt clears it away. Two attempts at a
// time are refused. One thread only.
class DirectoryReplacement {
 public:
  // Throws FileError naming the directory: when it exists and is not empty, when another process is
  // filling it, or when it cannot be made.
  explicit DirectoryReplacement(const std::filesystem::path& path);
  ~DirectoryReplacement();
  DirectoryReplacement(const DirectoryReplacement&) = delete;
  DirectoryReplacement& operator=(const DirectoryReplacement&) = delete;

  const std::filesystem::path& temporary_path() const { return temporary_path_; }

  // The files in it must be on the disk already, as FileReplacement leaves them.
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_path_;
  int descriptor_ = -1;  // of the temporary directory; holds its lock
  bool is_committed_ = false;
};

}  // namespace dali
