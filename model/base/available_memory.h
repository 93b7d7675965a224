// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>

namespace dali {

// Memory that this process could take without harm to others, in bytes: what the machine has left,
// or less where a control group limits it. Both versions of control groups, and the groups around
// its own, of which the least counts. 0 where the system does not say. `root` is where /proc and
// /sys lie.
std::size_t available_memory_bytes(const std::filesystem::path& root = "/");

}  // namespace dali
