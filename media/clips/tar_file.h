// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "model/base/file_replacement.h"

struct archive;

namespace dali {

struct TarMember {
  std::string name;    // without a leading "./"
  std::string target;  // of a hard or symbolic link: what it points to; else empty
  bool is_hard_link = false;

  bool is_link() const { return !target.empty(); }
};

// A tar file, compressed or not, open for reading; also several of them, one behind the other.
// Errors are std::runtime_error naming the file.
class TarReader {
 public:
  explicit TarReader(const std::filesystem::path& file);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  // The next member that is a file or a link. Nothing at the end.
  std::optional<TarMember> next();

  // The bytes of that member.
  std::string bytes();

  // Asked at the end: whether the file has tar's mark of its end. A file without may have been cut
  // short between two members.
  bool has_end_mark() const;

 private:
  void check(int status) const;
  std::int64_t position() const;

  std::filesystem::path file_;
  archive* archive_;
  bool is_within_member_ = false;
  std::int64_t end_of_member_ = 0;  // where the bytes of the last one before that end
};

// A tar file that is being written; it appears with finish(), and without leaves nothing. Errors
// are std::runtime_error naming the file.
class TarWriter {
 public:
  explicit TarWriter(const std::filesystem::path& file);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  void add(const std::string& name, const std::string& bytes);
  void finish();

 private:
  void check(int status) const;

  std::filesystem::path file_;
  FileReplacement replacement_;
  archive* archive_;
};

}  // namespace dali
