// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string_view>

namespace dali {

// A file that appears complete or not at all. It is written without a name, where the file system
// knows such files, and under a name of its own in the same folder elsewhere; commit() brings it to
// the disk and gives it the final name. Without commit() nothing is left of it, whatever becomes of
// the process, and what was there before stays as it was.
class AtomicFile {
 public:
  // Creates the temporary file, so that a folder that cannot be written is known before any work.
  // Throws MediaError naming `final_path`.
  explicit AtomicFile(const std::filesystem::path& final_path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // Where others may write meanwhile, in this process or in its children.
  std::filesystem::path temporary_path() const;

  // Writes the whole content. Throws MediaError naming the final path: disk full, ...
  void write(std::string_view content);

  // Throws MediaError as write() does.
  void commit();

 private:
  std::filesystem::path final_path_;
  std::filesystem::path name_;  // empty while the file has none
  int descriptor_ = -1;         // owned
};

}  // namespace dali
