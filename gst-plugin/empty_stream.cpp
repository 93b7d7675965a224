// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/empty_stream.h"

#include "gst-plugin/text_events.h"

namespace dali {

void send_empty_stream(GstEvent* stream_start, guint32 seqnum, GstPad* sink) {
  if (stream_start) gst_pad_send_event(sink, gst_event_ref(stream_start));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_send_event(sink, segment_event(segment, seqnum).release());
  GstEvent* end = gst_event_new_eos();
  gst_event_set_seqnum(end, seqnum);
  gst_pad_send_event(sink, end);
}

}  // namespace dali
