// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

namespace dali {

// Television's time of 29.97 frames a second: drop-frame timecodes (SMPTE ST 12-1), which count 30
// frames a second and leave out numbers to keep up with the clock.

inline constexpr std::int64_t kDropFramesPerDay = 24 * 6 * (10 * (60 * 30 - 2) + 2);

std::int64_t drop_frame_start_ns(std::int64_t frame);

// "00:10:00;00", with `mark` before the frames' number. `frame` counts from 0.
std::string drop_frame_timecode(std::int64_t frame, char mark);

}  // namespace dali
