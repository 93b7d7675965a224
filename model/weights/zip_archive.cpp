// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/weights/zip_archive.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "model/base/in_quotes.h"

namespace dali {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kDirectoryEntry = 0x02014b50;
constexpr std::uint32_t kDirectoryEnd = 0x06054b50;
constexpr std::uint32_t kDirectoryEnd64 = 0x06064b50;
constexpr std::uint32_t kDirectoryEnd64Locator = 0x07064b50;
constexpr std::size_t kDirectoryEndBytes = 22;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::size_t kLongestComment = 0xffff;
constexpr std::uint32_t kIn64Bits = 0xffffffff;  // "see the ZIP64 field"
constexpr std::uint16_t kIn64BitsShort = 0xffff;
constexpr std::uint16_t kZip64Field = 1;
constexpr std::uint16_t kEncryptedFlags = 1 << 0 | 1 << 6 | 1 << 13;

// Little-endian numbers, one after the other, out of a stretch of the file.
class Fields {
 public:
  Fields(std::span<const char> bytes, const std::string& source)
      : bytes_(bytes), source_(&source) {}

  std::uint16_t number16() { return number<std::uint16_t>(); }
  std::uint32_t number32() { return number<std::uint32_t>(); }
  std::uint64_t number64() { return number<std::uint64_t>(); }

  std::span<const char> take(std::size_t count) {
    if (count > bytes_.size()) {
      throw std::runtime_error(*source_ + ": zip directory is cut short or malformed");
    }
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  std::string_view text(std::size_t count) {
    const auto taken = take(count);
    return {taken.data(), taken.size()};
  }
  bool is_empty() const { return bytes_.empty(); }

 private:
  template <typename Number>
  Number number() {
    Number value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::span<const char> bytes_;
  const std::string* source_;
};

// The file from `begin` on; nothing when that is outside.
std::optional<std::span<const char>> from(std::span<const char> file, std::uint64_t begin) {
  if (begin > file.size()) return std::nullopt;
  return file.subspan(static_cast<std::size_t>(begin));
}

class ZipReader {
 public:
  ZipReader(std::span<const char> file, const std::string& source) : file_(file), source_(source) {}

  std::vector<ZipMember> members() const {
    const Directory directory = find_directory();
    if (directory.begin > directory.end || directory.size > directory.end - directory.begin) {
      refuse("zip directory lies outside the file");
    }
    Fields fields(file_.subspan(static_cast<std::size_t>(directory.begin),
                                static_cast<std::size_t>(directory.size)),
                  source_);
    std::vector<ZipMember> members;
    while (!fields.is_empty()) members.push_back(read_entry(fields, directory.begin));
    if (members.size() != directory.entries) refuse("zip directory has another number of members");
    return members;
  }

 private:
  struct Directory {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
    std::uint64_t entries = 0;
    std::uint64_t end = 0;  // what the directory must not reach beyond
  };

  [[noreturn]] void refuse(const std::string& reason) const {
    throw std::runtime_error(source_ + ": " + reason);
  }
  [[noreturn]] void refuse_member(std::string_view name, const std::string& reason) const {
    refuse("zip member " + in_quotes(name) + " " + reason);
  }

  Directory find_directory() const;
  Directory find_directory64(std::size_t locator_begin) const;
  ZipMember read_entry(Fields& fields, std::uint64_t directory_begin) const;
  std::uint64_t data_begin(std::string_view name, std::uint64_t header_begin) const;

  std::span<const char> file_;
  const std::string& source_;
};

// The end record is the file's last, but for a comment of a length that it states.
ZipReader::Directory ZipReader::find_directory() const {
  for (std::size_t comment = 0; comment <= kLongestComment; ++comment) {
    if (file_.size() < kDirectoryEndBytes + comment) break;
    const std::size_t begin = file_.size() - kDirectoryEndBytes - comment;
    Fields fields(file_.subspan(begin), source_);
    if (fields.number32() != kDirectoryEnd) continue;
    const auto disk = fields.number16();
    const auto directory_disk = fields.number16();
    const auto entries_here = fields.number16();
    const auto entries = fields.number16();
    const auto size = fields.number32();
    const auto offset = fields.number32();
    if (fields.number16() != comment) continue;
    if (disk == kIn64BitsShort || entries == kIn64BitsShort || size == kIn64Bits ||
        offset == kIn64Bits) {
      if (begin < kLocatorBytes) refuse("zip directory is cut short or malformed");
      return find_directory64(begin - kLocatorBytes);
    }
    if (disk != 0 || directory_disk != 0 || entries_here != entries) {
      refuse("zip archive in several parts");
    }
    return {.begin = offset, .size = size, .entries = entries, .end = begin};
  }
  refuse("not a zip file, or cut short");
}

ZipReader::Directory ZipReader::find_directory64(std::size_t locator_begin) const {
  Fields locator(file_.subspan(locator_begin), source_);
  if (locator.number32() != kDirectoryEnd64Locator) refuse("zip directory has no ZIP64 record");
  locator.number32();  // the disk of the record
  const std::uint64_t begin = locator.number64();
  const auto record = from(file_, begin);
  if (!record || begin > locator_begin) refuse("zip directory lies outside the file");
  Fields fields(*record, source_);
  if (fields.number32() != kDirectoryEnd64) refuse("zip directory has no ZIP64 record");
  fields.take(8 + 2 + 2);  // the record's size and the versions that made and need it
  const auto disk = fields.number32();
  const auto directory_disk = fields.number32();
  const auto entries_here = fields.number64();
  const auto entries = fields.number64();
  if (disk != 0 || directory_disk != 0 || entries_here != entries) {
    refuse("zip archive in several parts");
  }
  const auto size = fields.number64();
  const auto offset = fields.number64();
  return {.begin = offset, .size = size, .entries = entries, .end = begin};
}

ZipMember ZipReader::read_entry(Fields& fields, std::uint64_t directory_begin) const {
  if (fields.number32() != kDirectoryEntry) refuse("zip directory is cut short or malformed");
  fields.take(2 + 2);  // versions
  const auto flags = fields.number16();
  const auto method = fields.number16();
  fields.take(2 + 2 + 4);  // time, date, checksum
  std::uint64_t stored_bytes = fields.number32();
  std::uint64_t size_bytes = fields.number32();
  const auto name_bytes = fields.number16();
  const auto extra_bytes = fields.number16();
  const auto comment_bytes = fields.number16();
  fields.take(2 + 2 + 4);  // disk and attributes
  std::uint64_t header_begin = fields.number32();
  const auto name = fields.text(name_bytes);
  Fields extra(fields.take(extra_bytes), source_);
  fields.take(comment_bytes);

  // Those of the three that did not fit stand in the ZIP64 field, in this order.
  while (!extra.is_empty()) {
    const auto id = extra.number16();
    Fields field(extra.take(extra.number16()), source_);
    if (id != kZip64Field) continue;
    for (std::uint64_t* value : {&size_bytes, &stored_bytes, &header_begin}) {
      if (*value == kIn64Bits) *value = field.number64();
    }
  }

  if ((flags & kEncryptedFlags) != 0) refuse_member(name, "is encrypted");
  if (method != 0 || stored_bytes != size_bytes) {
    refuse_member(name, "is compressed, which torch never does");
  }
  const std::uint64_t begin = data_begin(name, header_begin);
  if (begin > directory_begin || size_bytes > directory_begin - begin) {
    refuse_member(name, "reaches beyond the archive's data: file cut short?");
  }
  return {name, static_cast<std::size_t>(begin), static_cast<std::size_t>(size_bytes)};
}

// A member's own header repeats its name and is padded, so that the data start on a round address.
std::uint64_t ZipReader::data_begin(std::string_view name, std::uint64_t header_begin) const {
  const auto header = from(file_, header_begin);
  if (!header) refuse_member(name, "lies outside the file");
  Fields fields(*header, source_);
  if (fields.number32() != kLocalHeader) refuse_member(name, "has no header of its own");
  fields.take(2 + 2 + 2 + 2 + 2 + 4 + 4 + 4);  // what the directory states as well
  const auto name_bytes = fields.number16();
  const auto extra_bytes = fields.number16();
  if (fields.text(name_bytes) != name) refuse_member(name, "has another name in its own header");
  fields.take(extra_bytes);
  return header_begin + 30 + name_bytes + extra_bytes;
}

void check_apart(std::vector<ZipMember> members, const std::string& source) {
  std::ranges::sort(members, {}, &ZipMember::begin);
  std::size_t used_end = 0;
  for (const ZipMember& member : members) {
    if (member.begin < used_end) {
      throw std::runtime_error(source + ": zip member " + in_quotes(member.name) +
                               " overlaps the one before it");
    }
    used_end = member.begin + member.size_bytes;
  }
}

}  // namespace

ZipArchive ZipArchive::read(std::span<const char> file, const std::string& source) {
  ZipArchive archive;
  archive.members_ = ZipReader(file, source).members();
  check_apart(archive.members_, source);
  std::ranges::sort(archive.members_, {}, &ZipMember::name);
  const auto twice = std::ranges::adjacent_find(archive.members_, {}, &ZipMember::name);
  if (twice != archive.members_.end()) {
    throw std::runtime_error(source + ": zip member " + in_quotes(twice->name) +
                             " stands in the archive twice");
  }
  return archive;
}

const ZipMember* ZipArchive::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(members_, name, {}, &ZipMember::name);
  return found != members_.end() && found->name == name ? &*found : nullptr;
}

}  // namespace dali
