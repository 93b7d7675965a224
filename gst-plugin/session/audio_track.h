// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace dali {

// The sound of a window, at kSampleRateHz.
struct TrackSound {
  std::int64_t start_ns = 0;   // of the first sample
  std::vector<float> samples;  // down_mix() of all channels
  std::vector<float> levels;   // a LevelMeter's, of the channels; empty when there is but one
};

// The sound since the oldest open window began, in running time: stretches of contiguous samples
// with jumps between them. Channels stay apart until a window is copied, as it takes all of a
// window to tell which of them can be heard. Not thread-safe: its session's lock guards it.
class AudioTrack {
 public:
  // The samples appended from now on start here; those before `not_before_ns` repeat what has been.
  void begin(std::int64_t start_ns, std::int64_t not_before_ns);

  // interleaved [samples, channels]: continues the stretch that begin() opened.
  void append(std::span<const float> interleaved, int channels);

  // Where the next sample goes; nothing before begin().
  std::optional<std::int64_t> end_ns() const;

  // The samples whose start lies in [start_ns, end_ns). Silence fills what lies between two
  // stretches, never what lies before the first or after the last.
  TrackSound copy(std::int64_t start_ns, std::int64_t end_ns) const;

  std::size_t held_bytes() const;

  void forget_before(std::int64_t time_ns);
  void clear();

 private:
  struct Stretch {
    std::int64_t start_ns = 0;
    std::int64_t not_before_ns = 0;
    int channels = 1;
    std::vector<float> interleaved;
    std::int64_t size() const { return std::ssize(interleaved) / channels; }
    std::int64_t end_ns() const;
  };

  std::deque<Stretch> stretches_;  // in time order; the last one grows
};

}  // namespace dali
