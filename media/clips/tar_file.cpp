// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/tar_file.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <stdexcept>

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr int kTarBlockBytes = 512;

[[noreturn]] void refuse(const fs::path& file, archive* archive, const char* otherwise) {
  const char* reason = archive_error_string(archive);
  throw std::runtime_error(file.string() + ": " + (reason != nullptr ? reason : otherwise));
}

std::string text_of(const char* text) {
  return text == nullptr ? std::string() : text;
}

std::string without_dot(std::string name) {
  return name.starts_with("./") ? name.substr(2) : name;
}

}  // namespace

TarReader::TarReader(const fs::path& file) : file_(file), archive_(archive_read_new()) {
  archive_read_support_format_tar(archive_);
  archive_read_support_filter_all(archive_);
  // Shards that were joined with cat.
  archive_read_set_format_option(archive_, "tar", "read_concatenated_archives", "1");
  constexpr std::size_t kReadBytes = 1 << 16;
  try {
    check(archive_read_open_filename(archive_, file.c_str(), kReadBytes));
  } catch (...) {
    archive_read_free(archive_);
    throw;
  }
}

TarReader::~TarReader() {
  archive_read_free(archive_);
}

std::optional<TarMember> TarReader::next() {
  archive_entry* entry = nullptr;
  for (;;) {
    if (is_within_member_) {
      check(archive_read_data_skip(archive_));  // what of it nobody has read
      end_of_member_ = position();
      is_within_member_ = false;
    }
    const int status = archive_read_next_header(archive_, &entry);
    if (status == ARCHIVE_EOF) return std::nullopt;
    check(status);
    is_within_member_ = true;
    TarMember member;
    member.name = without_dot(text_of(archive_entry_pathname(entry)));
    member.is_hard_link = archive_entry_hardlink(entry) != nullptr;
    member.target = without_dot(text_of(member.is_hard_link ? archive_entry_hardlink(entry)
                                                            : archive_entry_symlink(entry)));
    if (member.is_link() || archive_entry_filetype(entry) == AE_IFREG) return member;
  }
}

std::string TarReader::bytes() {
  std::string all;
  char block[1 << 16];
  for (;;) {
    const auto count = archive_read_data(archive_, block, sizeof block);
    if (count < 0) check(static_cast<int>(count));
    if (count <= 0) break;
    all.append(block, static_cast<std::size_t>(count));
  }
  return all;
}

bool TarReader::has_end_mark() const {
  return position() - end_of_member_ >= kTarBlockBytes;
}

std::int64_t TarReader::position() const {
  constexpr int kDecompressed = 0;
  return archive_filter_bytes(archive_, kDecompressed);
}

void TarReader::check(int status) const {
  if (status < ARCHIVE_WARN) refuse(file_, archive_, "cannot be read");
}

TarWriter::TarWriter(const fs::path& file)
    : file_(file), replacement_(file, Sync::kLater), archive_(archive_write_new()) {
  archive_write_set_format_pax_restricted(archive_);
  try {
    check(archive_write_open_filename(archive_, replacement_.temporary_path().c_str()));
  } catch (...) {
    archive_write_free(archive_);
    throw;
  }
}

TarWriter::~TarWriter() {
  archive_write_free(archive_);
}

void TarWriter::add(const std::string& name, const std::string& bytes) {
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                            archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  check(archive_write_header(archive_, entry.get()));
  if (archive_write_data(archive_, bytes.data(), bytes.size()) < 0) check(ARCHIVE_FATAL);
}

void TarWriter::finish() {
  check(archive_write_close(archive_));
  replacement_.commit();
}

void TarWriter::check(int status) const {
  if (status < ARCHIVE_WARN) refuse(file_, archive_, "cannot be written");
}

}  // namespace dali
