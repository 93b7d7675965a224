// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/zip_writer.h"

#include <zlib.h>

#include <concepts>

namespace dali {
namespace {

constexpr std::uint64_t kIn64Bits = 0xffffffff;  // "see the ZIP64 field"
constexpr std::uint16_t kIn64BitsShort = 0xffff;
constexpr std::uint16_t kZip64Field = 1;
constexpr std::uint16_t kPaddingField = 0x4246;  // torch's: "FB"
constexpr std::uint16_t kVersion = 20;           // of the format: what any reader knows
constexpr std::uint16_t kVersion64 = 45;
constexpr std::uint16_t kNamesAreUtf8 = 1 << 11;
constexpr std::uint16_t kFirstOfJanuary1980 = 1 << 5 | 1;  // the same tensors, the same file
constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kFieldHeaderBytes = 4;
constexpr std::uint64_t kLocalHeaderBytes = 30;

// Little-endian numbers, one after the other.
class Record {
 public:
  Record& number16(std::uint64_t value) { return number<std::uint16_t>(value); }
  Record& number32(std::uint64_t value) { return number<std::uint32_t>(value); }
  Record& number64(std::uint64_t value) { return number<std::uint64_t>(value); }
  Record& text(std::string_view value) {
    bytes_ += value;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  template <std::unsigned_integral Number>
  Record& number(std::uint64_t value) {
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
    }
    return *this;
  }

  std::string bytes_;
};

bool needs_64_bits(std::uint64_t value) {
  return value >= kIn64Bits;
}
std::uint64_t in_32_bits(std::uint64_t value) {
  return needs_64_bits(value) ? kIn64Bits : value;
}

std::uint32_t checksum_of(std::span<const char> bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

}  // namespace

void ZipWriter::append(std::string_view bytes) {
  file_.write(bytes);
  written_bytes_ += bytes.size();
}

void ZipWriter::add(std::string_view name, std::span<const char> bytes) {
  const Entry entry{.name = std::string(name),
                    .checksum = checksum_of(bytes),
                    .size_bytes = bytes.size(),
                    .header_begin = written_bytes_};
  Record extra;
  const bool is_64 = needs_64_bits(entry.size_bytes);
  if (is_64) {
    extra.number16(kZip64Field).number16(16).number64(entry.size_bytes).number64(entry.size_bytes);
  }
  const std::uint64_t unpadded = entry.header_begin + kLocalHeaderBytes + name.size() +
                                 extra.bytes().size() + kFieldHeaderBytes;
  const std::uint64_t padding = (kAlignment - unpadded % kAlignment) % kAlignment;
  extra.number16(kPaddingField).number16(padding);
  extra.text(std::string(static_cast<std::size_t>(padding), 'Z'));

  Record header;
  header.number32(0x04034b50).number16(is_64 ? kVersion64 : kVersion).number16(kNamesAreUtf8);
  header.number16(0).number16(0).number16(kFirstOfJanuary1980);  // stored; midnight
  header.number32(entry.checksum);
  header.number32(in_32_bits(entry.size_bytes)).number32(in_32_bits(entry.size_bytes));
  header.number16(name.size()).number16(extra.bytes().size());
  append(header.text(name).text(extra.bytes()).bytes());
  append({bytes.data(), bytes.size()});
  entries_.push_back(entry);
}

void ZipWriter::append_directory() {
  const std::uint64_t directory_begin = written_bytes_;
  for (const Entry& entry : entries_) {
    Record wide;  // what does not fit, in this order
    if (needs_64_bits(entry.size_bytes)) wide.number64(entry.size_bytes).number64(entry.size_bytes);
    if (needs_64_bits(entry.header_begin)) wide.number64(entry.header_begin);
    const std::size_t wide_bytes = wide.bytes().size();
    const std::uint16_t version = wide_bytes == 0 ? kVersion : kVersion64;
    Record record;
    record.number32(0x02014b50).number16(version).number16(version).number16(kNamesAreUtf8);
    record.number16(0).number16(0).number16(kFirstOfJanuary1980).number32(entry.checksum);
    record.number32(in_32_bits(entry.size_bytes)).number32(in_32_bits(entry.size_bytes));
    record.number16(entry.name.size());
    record.number16(wide_bytes == 0 ? 0 : kFieldHeaderBytes + wide_bytes);
    record.number16(0).number16(0).number16(0).number32(0);  // comment, disk, attributes
    record.number32(in_32_bits(entry.header_begin)).text(entry.name);
    if (wide_bytes > 0) record.number16(kZip64Field).number16(wide_bytes).text(wide.bytes());
    append(record.bytes());
  }
  const std::uint64_t directory_bytes = written_bytes_ - directory_begin;
  const std::uint64_t record64_begin = written_bytes_;
  const bool is_64 = entries_.size() >= kIn64BitsShort || needs_64_bits(directory_bytes) ||
                     needs_64_bits(directory_begin);
  Record end;
  if (is_64) {
    end.number32(0x06064b50).number64(44).number16(kVersion64).number16(kVersion64);
    end.number32(0).number32(0).number64(entries_.size()).number64(entries_.size());
    end.number64(directory_bytes).number64(directory_begin);
    end.number32(0x07064b50).number32(0).number64(record64_begin).number32(1);
  }
  const std::uint64_t count = is_64 ? kIn64BitsShort : entries_.size();
  end.number32(0x06054b50).number16(0).number16(0).number16(count).number16(count);
  end.number32(is_64 ? kIn64Bits : directory_bytes);
  end.number32(is_64 ? kIn64Bits : directory_begin).number16(0);
  append(end.bytes());
}

void ZipWriter::commit() {
  append_directory();
  file_.commit();
}

}  // namespace dali
