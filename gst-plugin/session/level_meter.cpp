// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/level_meter.h"

#include <algorithm>
#include <cmath>

namespace dali {

void LevelMeter::hear(std::span<const float> interleaved, int channels) {
  const auto count = static_cast<std::size_t>(channels);
  if (sums_.size() != count) sums_.assign(count, loudest());
  for (std::size_t at = 0; at + count <= interleaved.size(); at += count) {
    for (std::size_t channel = 0; channel < count; ++channel) {
      const double sample = interleaved[at + channel];
      sums_[channel] += sample * sample;
    }
    if (++heard_ == kLevelPieceSamples) finish_piece();
  }
}

void LevelMeter::hear_silence(std::size_t samples) {
  while (samples > 0) {
    const std::size_t piece = std::min(samples, kLevelPieceSamples - heard_);
    samples -= piece;
    heard_ += piece;
    if (heard_ == kLevelPieceSamples) finish_piece();
  }
}

std::vector<float> LevelMeter::levels() const {
  std::vector<float> levels = levels_;
  if (heard_ > 0) levels.push_back(static_cast<float>(loudest() / static_cast<double>(heard_)));
  return levels;
}

double LevelMeter::loudest() const {
  double loudest = 0.0;
  for (const double sum : sums_) {
    if (std::isnan(sum)) return sum;
    loudest = std::max(loudest, sum);
  }
  return loudest;
}

void LevelMeter::finish_piece() {
  levels_.push_back(static_cast<float>(loudest() / static_cast<double>(heard_)));
  std::fill(sums_.begin(), sums_.end(), 0.0);
  heard_ = 0;
}

std::vector<float> known_levels(const std::vector<float>& of_channels,
                                std::span<const float> samples) {
  if (!of_channels.empty()) return of_channels;
  LevelMeter meter;
  meter.hear(samples, 1);
  return meter.levels();
}

}  // namespace dali
