// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/base/down_mix.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "model/base/heard_channels.h"

namespace dali {

std::vector<float> down_mix(std::span<const float> interleaved, int channels) {
  if (channels == 1) return {interleaved.begin(), interleaved.end()};
  const auto count = static_cast<std::size_t>(channels);
  std::vector<float> mean;
  mean.reserve(interleaved.size() / count);
  ChannelPowers powers;
  powers.of_channel.resize(count);
  for (std::size_t at = 0; at + count <= interleaved.size(); at += count) {
    double sum = 0.0;
    for (std::size_t channel = 0; channel < count; ++channel) {
      const double sample = interleaved[at + channel];
      sum += sample;
      powers.of_channel[channel] += sample * sample;
    }
    mean.push_back(static_cast<float>(sum / channels));
    powers.of_mean += static_cast<double>(mean.back()) * mean.back();
  }

  const std::size_t loudest = powers.loudest();
  if (powers.cancel_out()) {
    for (std::size_t moment = 0; moment < mean.size(); ++moment) {
      mean[moment] = interleaved[moment * count + loudest];
    }
    return mean;
  }
  float peak = 0.0F;
  for (const float sample : mean) peak = std::max(peak, std::abs(sample));
  const double gain = std::min(std::sqrt(powers.of_channel[loudest] / powers.of_mean), 1.0 / peak);
  if (!std::isfinite(gain) || gain <= 1.0) return mean;
  for (float& sample : mean) sample = static_cast<float>(sample * gain);
  return mean;
}

}  // namespace dali
