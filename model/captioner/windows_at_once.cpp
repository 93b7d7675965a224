// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/windows_at_once.h"

#include <algorithm>

namespace dali {

int windows_at_once(std::size_t bytes_of_window, std::size_t available_bytes) {
  constexpr std::size_t kMostAtOnce = 4;
  constexpr std::size_t kShareOfMemory = 4;  // a quarter
  const std::size_t fitting =
      available_bytes / kShareOfMemory / std::max<std::size_t>(bytes_of_window, 1);
  return static_cast<int>(std::clamp<std::size_t>(fitting, 1, kMostAtOnce));
}

}  // namespace dali
