// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dali {

struct ZipEntry {
  std::string name;
  std::string bytes;
  std::uint16_t method = 0;  // stored
  std::uint16_t flags = 0;
};

// Appends a number, little-endian, in so many bytes.
inline void append_number(std::string& bytes, std::uint64_t number, int count) {
  for (; count > 0; --count, number >>= 8) bytes += static_cast<char>(number & 0xff);
}

enum class ZipForm { kPlain, kZip64 };

// A zip file as torch writes it: members stored, their data on multiples of 64 bytes. Checksums are
// left 0, as the reader does not look at them. kZip64 states every size and offset in 64 bits.
inline std::string zip_file(const std::vector<ZipEntry>& entries, ZipForm form = ZipForm::kPlain) {
  constexpr std::size_t kAlignment = 64;
  const bool is_64 = form == ZipForm::kZip64;
  std::string file;
  std::string directory;
  for (const ZipEntry& entry : entries) {
    const std::size_t header_begin = file.size();
    const std::size_t unpadded = header_begin + 30 + entry.name.size() + 4;
    const std::size_t padding = (kAlignment - unpadded % kAlignment) % kAlignment;
    append_number(file, 0x04034b50, 4);
    append_number(file, 0, 2);
    append_number(file, entry.flags, 2);
    append_number(file, entry.method, 2);
    append_number(file, 0, 2 + 2 + 4);
    append_number(file, is_64 ? 0xffffffff : entry.bytes.size(), 4);
    append_number(file, is_64 ? 0xffffffff : entry.bytes.size(), 4);
    append_number(file, entry.name.size(), 2);
    append_number(file, 4 + padding, 2);
    file += entry.name + "FB";  // torch's id of padding
    append_number(file, padding, 2);
    file.append(padding, 'Z');
    file += entry.bytes;

    append_number(directory, 0x02014b50, 4);
    append_number(directory, 0, 2 + 2);
    append_number(directory, entry.flags, 2);
    append_number(directory, entry.method, 2);
    append_number(directory, 0, 2 + 2 + 4);
    append_number(directory, is_64 ? 0xffffffff : entry.bytes.size(), 4);
    append_number(directory, is_64 ? 0xffffffff : entry.bytes.size(), 4);
    append_number(directory, entry.name.size(), 2);
    append_number(directory, is_64 ? 28 : 0, 2);
    append_number(directory, 0, 2 + 2 + 2 + 4);
    append_number(directory, is_64 ? 0xffffffff : header_begin, 4);
    directory += entry.name;
    if (is_64) {
      append_number(directory, 1, 2);
      append_number(directory, 24, 2);
      append_number(directory, entry.bytes.size(), 8);
      append_number(directory, entry.bytes.size(), 8);
      append_number(directory, header_begin, 8);
    }
  }
  const std::size_t directory_begin = file.size();
  file += directory;
  const std::size_t record_begin = file.size();
  if (is_64) {
    append_number(file, 0x06064b50, 4);
    append_number(file, 44, 8);
    append_number(file, 0, 2 + 2 + 4 + 4);
    append_number(file, entries.size(), 8);
    append_number(file, entries.size(), 8);
    append_number(file, directory.size(), 8);
    append_number(file, directory_begin, 8);
    append_number(file, 0x07064b50, 4);
    append_number(file, 0, 4);
    append_number(file, record_begin, 8);
    append_number(file, 1, 4);
  }
  append_number(file, 0x06054b50, 4);
  append_number(file, 0, 2 + 2);
  append_number(file, is_64 ? 0xffff : entries.size(), 2);
  append_number(file, is_64 ? 0xffff : entries.size(), 2);
  append_number(file, is_64 ? 0xffffffff : directory.size(), 4);
  append_number(file, is_64 ? 0xffffffff : directory_begin, 4);
  append_number(file, 0, 2);
  return file;
}

}  // namespace dali
