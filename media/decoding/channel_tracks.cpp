// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/channel_tracks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <utility>

namespace dali {
namespace {

// Below 16-bit sound's least step but three, nothing is heard; well above it, something is.
constexpr float kSilentPeak = 1e-4F;
constexpr float kAudiblePeak = 1e-3F;
// Of the power that unrelated channels would leave in their mean.
constexpr double kLeastShare = 0.1;

float peak_of(const std::vector<float>& samples) {
  float peak = 0.0F;
  for (const float sample : samples) peak = std::max(peak, std::abs(sample));
  return peak;
}

double power_of(const std::vector<float>& samples) {
  double power = 0.0;
  for (const float sample : samples) power += static_cast<double>(sample) * sample;
  return power;
}

}  // namespace

void ChannelTracks::append(std::span<const float> interleaved, int channels, long long position) {
  const auto count = static_cast<std::size_t>(channels);
  if (channels_.size() < count) channels_.resize(count);
  size_ = std::max(size_, position);
  for (std::size_t channel = 0; channel < channels_.size(); ++channel) {
    std::vector<float>& track = channels_[channel];
    track.resize(static_cast<std::size_t>(size_));  // a hole is silence
    for (std::size_t at = channel; channel < count && at < interleaved.size(); at += count) {
      track.push_back(interleaved[at]);
    }
  }
  size_ += static_cast<long long>(interleaved.size() / count);
}

std::vector<float> ChannelTracks::mean() const {
  std::vector<float> mean(static_cast<std::size_t>(size_));
  for (const auto& track : channels_) {
    for (std::size_t at = 0; at < track.size(); ++at) mean[at] += track[at];
  }
  for (float& sample : mean) sample /= static_cast<float>(channels_.size());
  return mean;
}

ChannelTracks::Sound ChannelTracks::take(ChannelChoice choice) {
  if (channels_.empty()) return {};
  for (auto& track : channels_) track.resize(static_cast<std::size_t>(size_));
  const auto loudest = std::ranges::max_element(channels_, {}, power_of);
  const auto number = std::distance(channels_.begin(), loudest) + 1;
  Sound sound;
  if (choice == ChannelChoice::kDownMix) {
    sound.samples = mean();
    double powers = 0.0;
    for (const auto& track : channels_) powers += power_of(track);
    const auto count = static_cast<double>(channels_.size());
    if (power_of(sound.samples) < kLeastShare * powers / (count * count)) {
      sound.remark = fmt::format("its channels cancel each other; channel {} is taken", number);
    }
  } else if (peak_of(channels_.front()) < kSilentPeak && peak_of(*loudest) > kAudiblePeak) {
    sound.remark = fmt::format("its first channel is silent; channel {} is taken", number);
  } else {
    sound.samples = std::move(channels_.front());
  }
  if (!sound.remark.empty()) sound.samples = std::move(*loudest);
  channels_.clear();
  size_ = 0;
  return sound;
}

}  // namespace dali
