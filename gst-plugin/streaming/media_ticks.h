// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace dali {

// Where files of media have the zero of running time: at an hour, as mpegtsmux has it, so that
// times before it can be told.
inline constexpr std::int64_t kMediaZeroSeconds = 3600;

// A time of the stream's timeline as files of media tell it, in ticks, rounded. What is an hour or
// more before zero is taken for that.
constexpr std::int64_t media_ticks(std::int64_t time_ns, std::int64_t ticks_per_second) {
  constexpr std::int64_t kSecondNs = 1'000'000'000;
  const std::int64_t from_zero_ns = time_ns + kMediaZeroSeconds * kSecondNs;
  if (from_zero_ns <= 0) return 0;
  const std::int64_t fraction_ns = from_zero_ns % kSecondNs;
  return from_zero_ns / kSecondNs * ticks_per_second +
         (fraction_ns * ticks_per_second + kSecondNs / 2) / kSecondNs;
}

}  // namespace dali
