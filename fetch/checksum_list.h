// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

#include "command/status_line.h"

namespace dali {

// Writes SHA256SUMS into a folder: a line for each of its files, which the program sha256sum reads
// as well. Throws std::runtime_error naming a file that cannot be read or written.
void write_checksum_list(const std::filesystem::path& folder, StatusLine& status);

// Whether the folder has one. Throws std::runtime_error naming the first file that is missing or
// has another checksum, and for a list that is none.
bool verify_checksum_list(const std::filesystem::path& folder, StatusLine& status);

}  // namespace dali
