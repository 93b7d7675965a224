// SPDX-License-Identifier: LGPL-2.1-or-later
// How much is said: which captions are worth their time on the screen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gst-plugin/session/sampled_window.h"

namespace dali {

enum class DetailLevel {
  kLow,     // what is sure, not far quieter than the programme, and new
  kNormal,  // what the other settings let through
  kHigh,    // all that there is, also what is less sure and what repeats itself
};

// What there is to say for a caption, or for one that tells of an event.
struct CaptionWorth {
  double confidence = 0.0;                    // [0, 1]
  std::optional<double> above_programme_db;   // as ProgrammeLevel has it; nothing: no sound
  std::optional<std::int64_t> since_said_ns;  // since all of it was said; nothing: never
};

// With kLow a caption is shown if each of three holds: it is at least so sure, at most so much
// quieter than the programme, and has something in it that was not said for so long.
inline constexpr double kLeastConfidence = 0.5;
inline constexpr double kMostBelowProgrammeDb = 10.0;
inline constexpr std::int64_t kNewAfterNs = 120 * kNanosecondsPerSecond;

// Why a caption is not shown, in words, by the first of these that does not hold; empty: it is.
// Nothing is held back with another level.
std::string held_back_because(DetailLevel level, const CaptionWorth& worth);

}  // namespace dali
