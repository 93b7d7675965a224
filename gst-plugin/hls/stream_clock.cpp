// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/hls/stream_clock.h"

#include <algorithm>

namespace dali {

std::optional<std::int64_t> StreamClock::running_time(GstClockTime time) const {
  if (!GST_CLOCK_TIME_IS_VALID(time) || !has_segment()) return std::nullopt;
  guint64 running = 0;
  const int sign = gst_segment_to_running_time_full(&segment_, GST_FORMAT_TIME, time, &running);
  if (sign == 0) return std::nullopt;
  const auto distance = static_cast<std::int64_t>(std::min<guint64>(running, G_MAXINT64 / 4));
  return sign > 0 ? distance : -distance;
}

GstClockTime StreamClock::shifted(GstClockTime time, std::int64_t shift_ns) const {
  const std::optional<std::int64_t> running = running_time(time);
  if (!running) return GST_CLOCK_TIME_NONE;
  const std::int64_t shifted = static_cast<std::int64_t>(kRunningZero) + *running + shift_ns;
  return static_cast<GstClockTime>(std::max<std::int64_t>(shifted, 0));
}

GstEvent* StreamClock::endless_segment(guint32 seqnum) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = kRunningZero;
  segment.position = kRunningZero;
  GstEvent* event = gst_event_new_segment(&segment);
  gst_event_set_seqnum(event, seqnum);
  return event;
}

}  // namespace dali
