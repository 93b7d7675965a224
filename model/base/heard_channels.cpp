// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/heard_channels.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dali {
namespace {

// Below three of 16-bit sound's least steps nothing is heard; well above them something is.
constexpr float kSilentPeak = 1e-4F;
constexpr float kAudiblePeak = 1e-3F;
// Of the power that unrelated channels would leave in their mean.
constexpr double kLeastShare = 0.1;

float peak_of(std::span<const float> samples) {
  float peak = 0.0F;
  for (const float sample : samples) peak = std::max(peak, std::abs(sample));
  return peak;
}

}  // namespace

std::size_t ChannelPowers::loudest() const {
  return static_cast<std::size_t>(std::ranges::max_element(of_channel) - of_channel.begin());
}

bool ChannelPowers::cancel_out() const {
  const double all = std::accumulate(of_channel.begin(), of_channel.end(), 0.0);
  const auto count = static_cast<double>(of_channel.size());
  return of_mean < kLeastShare * all / (count * count);
}

double power_of(std::span<const float> samples) {
  double power = 0.0;
  for (const float sample : samples) power += static_cast<double>(sample) * sample;
  return power;
}

bool is_silent(std::span<const float> samples) {
  return peak_of(samples) < kSilentPeak;
}

std::size_t heard_channel(std::span<const std::vector<float>> channels) {
  if (!is_silent(channels.front())) return 0;
  ChannelPowers powers;
  for (const auto& channel : channels) powers.of_channel.push_back(power_of(channel));
  const std::size_t loudest = powers.loudest();
  return peak_of(channels[loudest]) > kAudiblePeak ? loudest : 0;
}

}  // namespace dali
