// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <optional>

namespace dali {

// Where timestamps of what StreamClock gives have the zero of running time: decoding may begin
// earlier.
inline constexpr GstClockTime kRunningZero = 1000 * 3600 * GST_SECOND;

// Rewrites the timestamps of one pad's stream, whatever segments it has, to those of one segment
// that begins at kRunningZero and never ends. For one streaming thread.
class StreamClock {
 public:
  // A SEGMENT event, borrowed.
  void take_segment(GstEvent* segment) { gst_event_copy_segment(segment, &segment_); }
  bool has_segment() const { return segment_.format == GST_FORMAT_TIME; }
  const GstSegment& segment() const { return segment_; }

  // Below zero before the segment; nothing for no time.
  std::optional<std::int64_t> running_time(GstClockTime time) const;

  // The same moment, shifted, as a timestamp.
  GstClockTime shifted(GstClockTime time, std::int64_t shift_ns) const;

  // The event that says what timestamps mean from now on, owned.
  static GstEvent* endless_segment(guint32 seqnum);

 private:
  GstSegment segment_ = {};
};

}  // namespace dali
