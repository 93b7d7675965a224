// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "gst-plugin/streaming/cmaf_fragment.h"
#include "gst-plugin/streaming/cmaf_track.h"

namespace dali {

// A sample as the stream's timeline has it, in nanoseconds.
struct CmafSample {
  std::int64_t decode_time_ns = 0;
  std::int64_t time_ns = 0;  // when it shows or sounds
  std::int64_t duration_ns = 0;
  std::uint32_t size_bytes = 0;
  bool is_key = true;
};

// The times of a track in its ticks, fragment after fragment: each begins where the one before
// ended, and frames of sound are as long as they are, whatever the rounding of their times. Only
// where time has really left the frames, by half of one, does it leap. Pictures of which nobody has
// said when they are decoded, as those of Matroska, are decoded one after the other at the times at
// which pictures show. Not thread-safe.
class CmafTiming {
 public:
  explicit CmafTiming(const CmafTrack& track);

  // The next ones, in the order in which they are decoded. Where pictures do not say that they are
  // decoded before they show, the last one lasts until `end_ns`, where the segment ends, if that is
  // later than it says.
  Fragment place(std::span<const CmafSample> samples, std::int64_t end_ns);

 private:
  void last_until(Fragment& fragment, std::int64_t end_ns);
  std::int64_t start_of(const CmafSample& sample, bool is_first) const;
  std::int64_t length_of(const CmafSample& sample, std::int64_t start) const;

  std::int64_t ticks_per_second_;
  std::int64_t frame_ticks_;  // 0: samples say how long they are
  std::optional<std::int64_t> end_;
  std::int64_t last_start_ = -1;
  std::int64_t delay_ns_ = 0;  // from decoding to showing, of pictures that do not say
};

}  // namespace dali
