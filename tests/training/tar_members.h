// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace dali {

using TarMembers = std::vector<std::pair<std::string, std::string>>;  // name, bytes

inline void write_tar(const std::filesystem::path& file, const TarMembers& members,
                      bool is_compressed = false) {
  archive* tar = archive_write_new();
  archive_write_set_format_pax_restricted(tar);
  if (is_compressed) archive_write_add_filter_gzip(tar);
  archive_write_open_filename(tar, file.c_str());
  for (const auto& [name, bytes] : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    constexpr const char* kLink = "-> ";  // bytes that begin so make a hard link
    if (bytes.starts_with(kLink)) {
      archive_entry_set_hardlink(entry, bytes.substr(3).c_str());
    } else {
      archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    }
    archive_write_header(tar, entry);
    if (!bytes.starts_with(kLink)) archive_write_data(tar, bytes.data(), bytes.size());
    archive_entry_free(entry);
  }
  archive_write_free(tar);
}

}  // namespace dali
