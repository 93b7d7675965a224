// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace dali {

// The processor time that control groups allow this process, in processors: 1.5 is three seconds of
// it in two. Nothing where no group has a quota. Both versions of control groups, and the groups
// around its own, of which the least counts. `root` is where /proc and /sys lie.
std::optional<double> processor_quota(const std::filesystem::path& root = "/");

// So many threads of this process can compute at once: the processors of its affinity mask, or less
// where a quota says so (rounded up); at least 1.
int usable_processors(const std::filesystem::path& root = "/");

// Which processor this is, on one line: the maker's family, model and stepping, and the name that
// it sells under. Empty where the system does not say.
std::string processor_model(const std::filesystem::path& root = "/");

}  // namespace dali
