// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/plugin/text_run.h"

#include "gst-plugin/text_buffers.h"

namespace dali {

TextRun::TextRun(const char* element, const char* sink_caps)
    : harness(gst_harness_new(element)), bus_(gst_bus_new()) {
  gst_element_set_bus(harness->element, bus_);
  if (sink_caps) gst_harness_set_sink_caps_str(harness, sink_caps);
  gst_harness_set_src_caps_str(harness, kUtf8Caps);
}

TextRun::~TextRun() {
  gst_element_set_bus(harness->element, nullptr);
  gst_object_unref(bus_);
  gst_harness_teardown(harness);
}

GstFlowReturn TextRun::push(const std::string& text, GstClockTime start_ms,
                            GstClockTime duration_ms) {
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, text.size(), nullptr);
  gst_buffer_fill(buffer, 0, text.data(), text.size());
  GST_BUFFER_PTS(buffer) = start_ms * GST_MSECOND;
  GST_BUFFER_DURATION(buffer) = duration_ms * GST_MSECOND;
  return gst_harness_push(harness, buffer);
}

void TextRun::push_gap(GstClockTime start_ms, GstClockTime duration_ms, guint32 seqnum) {
  GstEvent* gap = gst_event_new_gap(start_ms * GST_MSECOND, duration_ms * GST_MSECOND);
  gst_event_set_seqnum(gap, seqnum);
  gst_event_set_gap_flags(gap, GST_GAP_FLAG_MISSING_DATA);
  gst_harness_push_event(harness, gap);
}

void TextRun::push_segment(GstClockTime start_ms, GstClockTime running_time_ms) {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = start_ms * GST_MSECOND;
  segment.time = segment.start;
  segment.position = segment.start;
  segment.base = running_time_ms * GST_MSECOND;
  gst_harness_push_event(harness, gst_event_new_segment(&segment));
}

void TextRun::begin_stream() {
  gst_harness_push_event(harness, gst_event_new_stream_start("another"));
  g_autoptr(GstCaps) caps = gst_caps_from_string(kUtf8Caps);
  gst_harness_push_event(harness, gst_event_new_caps(caps));
  push_segment(0, 0);
}

std::vector<std::string> TextRun::said() {
  std::vector<std::string> items;
  while (gst_harness_buffers_in_queue(harness) > 0) {
    const BufferHandle buffer(gst_harness_pull(harness));
    const TimeSpan time = time_of(buffer.get(), 0);
    items.push_back(std::to_string(time.start / GST_MSECOND) + "-" +
                    std::to_string(time.end / GST_MSECOND) + " " + text_of(buffer.get()));
  }
  return items;
}

EventHandle TextRun::next_event(GstEventType type) {
  while (GstEvent* event = gst_harness_try_pull_event(harness)) {
    EventHandle owned(event);
    if (GST_EVENT_TYPE(event) == type) return owned;
  }
  return nullptr;
}

GstMessage* TextRun::next_message(GstMessageType types) {
  return gst_bus_pop_filtered(bus_, types);
}

}  // namespace dali
