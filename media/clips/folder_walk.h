// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <vector>

namespace dali {

// All files in a folder and in the folders in it, in the order of their paths. Not hidden ones, and
// not those in folders that shards were unpacked into. Links are followed. Throws
// std::filesystem::filesystem_error.
std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder);

}  // namespace dali
