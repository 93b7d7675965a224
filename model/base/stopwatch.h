// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>

namespace dali {

// Measures wall-clock time, stretch by stretch.
class Stopwatch {
 public:
  // Seconds since the last call, or since it was made.
  double lap_s() {
    const auto now = Clock::now();
    const std::chrono::duration<double> lap = now - last_;
    last_ = now;
    return lap.count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
};

}  // namespace dali
