// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

#include "tests/support/temporary_directory.h"

namespace dali {

// Of /proc/self/mountinfo, where control groups are of version 2.
inline const std::string kUnifiedGroups =
    "24 1 0:22 / / rw,relatime - ext4 /dev/root rw\n"
    "35 24 0:29 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

// A root folder with what the kernel would show there.
struct MadeUpRoot {
  void write(const std::filesystem::path& file, const std::string& content) const {
    const std::filesystem::path path = directory.path() / file;
    std::filesystem::create_directories(path.parent_path());
    write_file(path, content);
  }
  TemporaryDirectory directory;
};

}  // namespace dali
