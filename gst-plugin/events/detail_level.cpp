// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/events/detail_level.h"

#include <cmath>

namespace dali {

std::string held_back_because(DetailLevel level, const CaptionWorth& worth) {
  if (level != DetailLevel::kLow) return {};
  // Written so that a confidence that is no number is none.
  if (!(worth.confidence >= kLeastConfidence)) {
    return "low detail: the model is less sure of it than 50 %";
  }
  if (worth.above_programme_db && *worth.above_programme_db < -kMostBelowProgrammeDb) {
    return "low detail: " + std::to_string(std::lround(-*worth.above_programme_db)) +
           " dB quieter than the programme";
  }
  if (worth.since_said_ns && *worth.since_said_ns < kNewAfterNs) {
    return "low detail: said " + std::to_string(*worth.since_said_ns / kNanosecondsPerSecond) +
           " s ago";
  }
  return {};
}

}  // namespace dali
