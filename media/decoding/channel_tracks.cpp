// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/channel_tracks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "model/base/heard_channels.h"

namespace dali {

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
  Sound sound;
  if (choice == ChannelChoice::kDownMix) {
    sound.samples = mean();
    ChannelPowers powers{.of_channel = {}, .of_mean = power_of(sound.samples)};
    for (const auto& track : channels_) powers.of_channel.push_back(power_of(track));
    if (powers.cancel_out()) {
      const std::size_t loudest = powers.loudest();
      sound.remark =
          fmt::format("its channels cancel each other; channel {} is taken", loudest + 1);
      sound.samples = std::move(channels_[loudest]);
    }
  } else {
    const std::size_t heard = heard_channel(channels_);
    if (heard != 0) {
      sound.remark = fmt::format("its first channel is silent; channel {} is taken", heard + 1);
    }
    sound.samples = std::move(channels_[heard]);
  }
  channels_.clear();
  size_ = 0;
  return sound;
}

}  // namespace dali
