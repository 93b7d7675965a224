// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/loudness_rise.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "gst-plugin/session/level_meter.h"

namespace dali {
namespace {

// So much of the sound before and after a moment is compared, in pieces of a LevelMeter.
constexpr std::size_t kComparedPieces = 2;
// Steady sound, noise above all, varies by a decibel or so over such short stretches.
constexpr double kLeastRatio = 2.0;  // of powers

// How loud a listener finds a power: Stevens' law, by which ten decibels more are twice as loud.
double loudness(double power) {
  return std::pow(power, 0.3);
}

double mean_of(const std::vector<float>& levels, std::size_t first, std::size_t last) {
  double sum = 0.0;
  for (std::size_t piece = first; piece < last; ++piece) sum += static_cast<double>(levels[piece]);
  return sum / static_cast<double>(last - first);
}

}  // namespace

std::optional<std::int64_t> strongest_rise_ns(const TrackSound& sound,
                                              double silence_threshold_db) {
  const std::vector<float> levels = known_levels(sound.levels, sound.samples);
  const double silence = std::pow(10.0, silence_threshold_db / 10.0);
  double strongest = 0.0;
  std::optional<std::int64_t> strongest_ns;
  for (std::size_t piece = 1; piece < levels.size(); ++piece) {
    const double before = mean_of(levels, piece - std::min(piece, kComparedPieces), piece);
    const double after = mean_of(levels, piece, std::min(piece + kComparedPieces, levels.size()));
    // Sound that is not finite compares as false.
    if (!(after >= silence && after > 0.0 && after >= kLeastRatio * before)) continue;
    const double rise = loudness(after) - loudness(before);
    if (!(rise > strongest)) continue;
    strongest = rise;
    strongest_ns = sound.start_ns + static_cast<std::int64_t>(piece) * kLevelPieceNs;
  }
  return strongest_ns;
}

}  // namespace dali
