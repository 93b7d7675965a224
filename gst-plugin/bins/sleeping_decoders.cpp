// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/bins/sleeping_decoders.h"

#include "gst-plugin/bins/empty_stream.h"

namespace dali {

SleepingDecoders::SleepingDecoders(GstPad* sink) {
  constexpr auto kTypes =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST |
                                   GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);
  gst_pad_add_probe(sink, kTypes, on_data, this, nullptr);
}

void SleepingDecoders::add(GstElement* decoder, GstElement* next) {
  gst_element_set_locked_state(decoder, TRUE);
  decoders_.push_back({.element = decoder, .next = next});
}

void SleepingDecoders::put_to_sleep() {
  for (const Decoder& decoder : decoders_) {
    gst_element_set_locked_state(decoder.element, TRUE);
    gst_element_set_state(decoder.element, GST_STATE_NULL);
  }
  is_awake_ = false;
  has_ended_ = false;
}

GstPadProbeReturn SleepingDecoders::on_data(GstPad* sink, GstPadProbeInfo* info,
                                            gpointer decoders) noexcept {
  auto* self = static_cast<SleepingDecoders*>(decoders);
  if (self->is_awake_) return GST_PAD_PROBE_OK;
  if ((info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) == 0) {
    self->wake();
  } else if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_EOS) {
    self->pass_end(sink, GST_PAD_PROBE_INFO_EVENT(info));
  }
  return GST_PAD_PROBE_OK;
}

// The bin may be on its way down meanwhile. It says so before it looks at what is in it: either it
// finds the decoder awake, or the decoder finds it on its way.
void SleepingDecoders::wake() {
  is_awake_ = true;
  for (const Decoder& decoder : decoders_) {
    gst_element_set_locked_state(decoder.element, FALSE);
    gst_element_sync_state_with_parent(decoder.element);
  }
}

void SleepingDecoders::pass_end(GstPad* sink, GstEvent* end) {
  has_ended_ = true;
  for (const Decoder& decoder : decoders_) {
    g_autoptr(GstPad) next = gst_element_get_static_pad(decoder.next, "sink");
    send_empty_stream(sink, gst_event_get_seqnum(end),
                      [&](GstEvent* event) { gst_pad_send_event(next, event); });
  }
}

}  // namespace dali
