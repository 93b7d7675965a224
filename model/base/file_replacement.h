// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace dali {

// A file or a folder cannot be written. The message is one line that names it.
class FileError : public std::runtime_error {
 public:
  FileError(const std::filesystem::path& path, std::string_view what);
  FileError(const std::filesystem::path& path, int error);  // of writing, as errno has it
};

// When what was written has to be on the disk itself, so that a power cut cannot lose it: before
// the writer goes on, or whenever the system comes to it. Waiting takes longer than writing many a
// small file does.
enum class Sync { kNow, kLater };

// A file that appears complete or not at all: it is written beside its place, without a name where
// the file system knows such files, and commit() puts it there. Without commit() nothing is left of
// it, whatever becomes of the process, and what was there before stays as it was. A link stays a
// link, and its target is replaced; the new file may be read and written by whom the old one might,
// or by whom the umask allows.
// One thread at a time. Every failure throws FileError.
class FileReplacement {
 public:
  // Creates the temporary file, so that a folder that cannot be written is known before any work.
  explicit FileReplacement(const std::filesystem::path& path, Sync sync = Sync::kNow);
  ~FileReplacement();
  FileReplacement(const FileReplacement&) = delete;
  FileReplacement& operator=(const FileReplacement&) = delete;

  // Where others may write instead, in this process or in its children.
  std::filesystem::path temporary_path() const;

  // Goes on behind what was written before.
  void write(const void* bytes, std::size_t count);
  void write(std::string_view text) { write(text.data(), text.size()); }

  void commit();

 private:
  void open_unnamed();  // leaves no descriptor where that cannot be
  void open_named();
  void link_unnamed();
  void close();  // of a named file, which then may be renamed

  std::filesystem::path path_;  // behind all links
  Sync sync_;
  std::filesystem::path name_;  // of the temporary file; empty while it has none
  int descriptor_ = -1;         // owned
};

// The whole of a file in one step.
void replace_file(const std::filesystem::path& path, std::string_view content,
                  Sync sync = Sync::kNow);

// Brings the names in a folder to the disk, where its file system can do that.
void sync_folder(const std::filesystem::path& folder);

}  // namespace dali
