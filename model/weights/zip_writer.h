// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/file_replacement.h"

namespace dali {

// Writes a zip file as torch does: nothing in it is compressed, and the bytes of each member begin
// on a multiple of 64, so that a reader can use them where they lie. Sizes and places beyond 4 GiB
// are stated as ZIP64 has it. The file appears in one step, with commit(); without it nothing is
// left. One thread at a time. Every failure throws FileError.
class ZipWriter {
 public:
  explicit ZipWriter(const std::filesystem::path& path) : file_(path) {}

  // Names are not looked at: none should come twice.
  void add(std::string_view name, std::span<const char> bytes);

  void commit();

 private:
  struct Entry {
    std::string name;
    std::uint32_t checksum = 0;
    std::uint64_t size_bytes = 0;
    std::uint64_t header_begin = 0;
  };

  void append(std::string_view bytes);
  void append_directory();

  FileReplacement file_;
  std::uint64_t written_bytes_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace dali
