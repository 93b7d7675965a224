// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace dali {

// What limits processes by groups: the one tree of version 2, or version 1's tree of a controller.
enum class ControlGroups { kVersionOne, kVersionTwo };

// The groups that this process is in, as folders from the top of what is mounted to its own, in the
// tree that has the controller ("cpu", "memory"); each may limit it. Empty where there is no such
// tree. `root` is where /proc and /sys lie.
std::vector<std::filesystem::path> groups_around(const std::filesystem::path& root,
                                                 ControlGroups version,
                                                 std::string_view controller);

}  // namespace dali
