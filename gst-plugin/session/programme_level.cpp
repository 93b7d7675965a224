// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/programme_level.h"

#include <algorithm>
#include <cmath>

#include "gst-plugin/session/level_meter.h"

namespace dali {

std::optional<double> ProgrammeLevel::hear(const SampledWindow& window) {
  static const double kLaterPiece =
      std::exp(-static_cast<double>(kLevelPieceNs) / static_cast<double>(kMemoryNs));
  const double threshold = std::pow(10.0, window.filter.silence_threshold_db / 10.0);
  double power = 0.0;
  int pieces = 0;
  std::int64_t end_ns = window.span.start_ns;  // of the pieces so far
  for (const float level : known_levels(window.levels, window.samples)) {
    const bool is_new = !heard_until_ns_ || end_ns >= *heard_until_ns_;
    end_ns += kLevelPieceNs;
    // Not so for a level that is no number, which whoever describes the window complains of.
    if (!(level >= threshold && level > 0.0F && std::isfinite(level))) continue;
    power += level;
    ++pieces;
    if (!is_new) continue;
    power_ = power_ * kLaterPiece + level;
    weight_ = weight_ * kLaterPiece + 1.0;
  }
  // The last piece may be shorter than the others.
  if (!window.samples.empty()) {
    const auto samples = static_cast<std::int64_t>(window.samples.size());
    end_ns = std::min(end_ns, window.span.start_ns + samples * kNanosecondsPerSample);
  }
  heard_until_ns_ = std::max(heard_until_ns_.value_or(end_ns), end_ns);
  if (pieces == 0 || weight_ == 0.0) return std::nullopt;
  return 10.0 * std::log10(power / pieces * weight_ / power_);
}

}  // namespace dali
