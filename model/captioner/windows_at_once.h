// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>

namespace dali {

// How many windows are described together where that is left to us: four, as long as their keys and
// values, `bytes_of_window` each, take no more than a quarter of what is available.
// docs/performance.md has what that is worth.
int windows_at_once(std::size_t bytes_of_window, std::size_t available_bytes);

// Memory that this process could take without harm to others: of the machine, or of the control
// group that limits it. 0 where the system does not say.
std::size_t available_memory_bytes();

}  // namespace dali
