// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/drop_frame_time.h"

#include <fmt/format.h>

namespace dali {
namespace {

// They leave out two numbers, not frames, at the start of each minute but every tenth.
constexpr std::int64_t kFramesPerSecond = 30;
constexpr std::int64_t kFramesPerMinute = 60 * kFramesPerSecond - 2;
constexpr std::int64_t kFramesPerTenMinutes = 10 * kFramesPerMinute + 2;
static_assert(kDropFramesPerDay == 24 * 6 * kFramesPerTenMinutes);

}  // namespace

std::int64_t drop_frame_start_ns(std::int64_t frame) {
  constexpr std::int64_t kThirtyFramesNs = 1'001'000'000;
  return frame * kThirtyFramesNs / kFramesPerSecond;
}

std::string drop_frame_timecode(std::int64_t frame, char mark) {
  const std::int64_t tens = frame / kFramesPerTenMinutes;
  const std::int64_t in_ten = frame % kFramesPerTenMinutes;
  const std::int64_t minute = in_ten < 2 ? 0 : (in_ten - 2) / kFramesPerMinute;
  const std::int64_t number = frame + 18 * tens + 2 * minute;
  return fmt::format("{:02}:{:02}:{:02}{}{:02}", number / (3600 * kFramesPerSecond),
                     number / (60 * kFramesPerSecond) % 60, number / kFramesPerSecond % 60, mark,
                     number % kFramesPerSecond);
}

}  // namespace dali
