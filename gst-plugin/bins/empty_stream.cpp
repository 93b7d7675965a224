// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/bins/empty_stream.h"

#include <utility>

#include "gst-plugin/gst_handles.h"
#include "gst-plugin/text_events.h"

namespace dali {

void send_empty_stream(GstPad* begun, guint32 seqnum, const std::function<void(GstEvent*)>& send) {
  if (GstEvent* start = gst_pad_get_sticky_event(begun, GST_EVENT_STREAM_START, 0)) send(start);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  send(segment_event(segment, seqnum).release());
  GstEvent* end = gst_event_new_eos();
  gst_event_set_seqnum(end, seqnum);
  send(end);
}

MediaTaker::MediaTaker(OnEnd on_end)
    : on_end_(std::move(on_end)), pad_(gst_pad_new("media-taker", GST_PAD_SINK)) {
  gst_object_ref_sink(pad_);
  gst_pad_set_element_private(pad_, this);
  gst_pad_set_chain_function(pad_, drop);
  gst_pad_set_event_function(pad_, take_event);
  gst_pad_set_active(pad_, TRUE);
}

MediaTaker::~MediaTaker() {
  close();
  gst_object_unref(pad_);
}

void MediaTaker::close() {
  gst_pad_set_active(pad_, FALSE);
}

GstFlowReturn MediaTaker::drop(GstPad*, GstObject*, GstBuffer* buffer) noexcept {
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

gboolean MediaTaker::take_event(GstPad* pad, GstObject*, GstEvent* event) noexcept {
  const EventHandle owned(event);
  auto* self = static_cast<MediaTaker*>(gst_pad_get_element_private(pad));
  if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) self->on_end_(pad, gst_event_get_seqnum(event));
  return TRUE;
}

}  // namespace dali
