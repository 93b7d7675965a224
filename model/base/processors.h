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

// How many processes torchrun started on this machine (LOCAL_WORLD_SIZE); 1 without it.
int processes_on_machine();

// The threads that the user asks for by OMP_NUM_THREADS; 0: nobody asks. torchrun sets it to 1
// where nobody has set it, so among several of its processes 1 says nothing.
int threads_asked_for();

}  // namespace dali
