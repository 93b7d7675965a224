// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "media/decoding/media_reader.h"

namespace dali {

// The channels of a stretch of sound, kept apart until it is whole: which of them is heard is
// decided by all that they hold.
class ChannelTracks {
 public:
  // Moments so far.
  long long size() const { return size_; }

  // Appends moments of so many channels, after as much silence as leads up to `position`.
  void append(std::span<const float> interleaved, int channels, long long position);

  struct Sound {
    std::vector<float> samples;
    std::string remark;  // empty, or what was not done as asked for, and why
  };
  // One waveform of all, and gives up what is held: heard_channel(), or the mean, of which channels
  // that cancel out give way to the loudest (model/base/heard_channels.h).
  Sound take(ChannelChoice choice);

 private:
  std::vector<float> mean() const;

  std::vector<std::vector<float>> channels_;
  long long size_ = 0;
};

}  // namespace dali
