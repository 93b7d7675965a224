// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "gst-plugin/session/sampled_window.h"

namespace dali {

// How loud a window is against the programme that it is part of. Both are mean powers of the short
// pieces of a LevelMeter that reach the silence threshold: of the window, each piece alike; of the
// programme, all that has come, the window included, each weighing exp(-d / 60 s) when it lies `d`
// of sound before the newest. Time that is silent counts for neither, and what overlapping windows
// share counts once. Windows in the order of their starts; not thread-safe.
class ProgrammeLevel {
 public:
  static constexpr std::int64_t kMemoryNs = 60 * kNanosecondsPerSecond;

  // In decibels, below 0 for what is quieter; nothing for a window in which nothing sounds.
  std::optional<double> hear(const SampledWindow& window);

  void forget() { *this = ProgrammeLevel(); }  // at a stream's start and after a flush

 private:
  double power_ = 0.0;  // weighed
  double weight_ = 0.0;
  std::optional<std::int64_t> heard_until_ns_;
};

}  // namespace dali
