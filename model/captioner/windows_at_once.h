// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>

namespace dali {

// How many windows are described together where that is left to us: four, as long as their keys and
// values, `bytes_of_window` each, take no more than a quarter of what is available.
// docs/performance.md has what that is worth.
int windows_at_once(std::size_t bytes_of_window, std::size_t available_bytes);

}  // namespace dali
