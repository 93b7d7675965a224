// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <optional>

namespace dali {

// Lets one warning through in ten seconds: what goes wrong with every window would fill the bus of
// a channel that runs for months. Not thread-safe.
class WarningLimit {
 public:
  bool lets_through() {
    const auto now = std::chrono::steady_clock::now();
    if (last_ && now - *last_ < std::chrono::seconds(10)) return false;
    last_ = now;
    return true;
  }

 private:
  std::optional<std::chrono::steady_clock::time_point> last_;
};

}  // namespace dali
