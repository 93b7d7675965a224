// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/bins/sleeping_decoder.h"

#include "gst-plugin/empty_stream.h"

namespace dali {
namespace {

constexpr auto kData =
    static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);

gboolean send_again(GstPad*, GstEvent** event, gpointer sink) {
  gst_pad_send_event(GST_PAD(sink), gst_event_ref(*event));
  return TRUE;
}

}  // namespace

SleepingDecoder::SleepingDecoder(GstElement* queue, GstElement* decoder, GstElement* next)
    : decoder_(decoder), next_(next) {
  gst_element_set_locked_state(decoder_, TRUE);
  constexpr auto kTypes = static_cast<GstPadProbeType>(kData | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                                       GST_PAD_PROBE_TYPE_EVENT_FLUSH);
  g_autoptr(GstPad) sink = gst_element_get_static_pad(queue, "sink");
  g_autoptr(GstPad) before = gst_pad_get_peer(sink);
  gst_pad_add_probe(before, kTypes, on_data, this, nullptr);
  g_autoptr(GstPad) behind = gst_element_get_static_pad(queue, "src");
  gst_pad_add_probe(behind, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_end, this, nullptr);
}

void SleepingDecoder::put_to_sleep() {
  gst_element_set_locked_state(decoder_, TRUE);
  gst_element_set_state(decoder_, GST_STATE_NULL);
  is_awake_ = false;
  has_ended_ = false;
  flush_.forget();
}

GstPadProbeReturn SleepingDecoder::on_data(GstPad* source, GstPadProbeInfo* info,
                                           gpointer decoder) noexcept {
  auto* self = static_cast<SleepingDecoder*>(decoder);
  GstEvent* event = (info->type & kData) == 0 ? GST_PAD_PROBE_INFO_EVENT(info) : nullptr;
  // Awake too: the flush may have begun while it slept.
  if (event && GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP) self->flush_.pass(event, nullptr);
  if (self->is_awake_) return GST_PAD_PROBE_OK;
  if (event) return self->take_event(event);
  self->wake(source);
  return GST_PAD_PROBE_OK;
}

// The bin may be on its way down meanwhile. It says so before it looks at what is in it: either it
// finds the decoder awake, or the decoder finds it on its way. The queue is empty, so that nothing
// comes to a decoder half awake.
void SleepingDecoder::wake(GstPad* source) {
  is_awake_ = true;
  gst_element_set_locked_state(decoder_, FALSE);
  gst_element_sync_state_with_parent(decoder_);
  g_autoptr(GstPad) sink = gst_pad_get_peer(source);
  if (sink) gst_pad_sticky_events_foreach(source, send_again, sink);
}

GstPadProbeReturn SleepingDecoder::take_event(GstEvent* event) {
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_EOS:
      has_ended_ = true;
      return GST_PAD_PROBE_OK;
    case GST_EVENT_FLUSH_START: {
      g_autoptr(GstPad) next = next_sink();
      flush_.pass(event, next);
      return GST_PAD_PROBE_OK;
    }
    case GST_EVENT_FLUSH_STOP:
      return GST_PAD_PROBE_OK;
    default:
      return GST_PAD_PROBE_DROP;  // until it is sent again
  }
}

// In the queue's own thread: a sink takes the end for its preroll, and waits.
GstPadProbeReturn SleepingDecoder::on_end(GstPad* source, GstPadProbeInfo* info,
                                          gpointer decoder) noexcept {
  auto* self = static_cast<SleepingDecoder*>(decoder);
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (self->is_awake_ || GST_EVENT_TYPE(event) != GST_EVENT_EOS) return GST_PAD_PROBE_OK;
  g_autoptr(GstElement) queue = gst_pad_get_parent_element(source);
  g_autoptr(GstPad) sink = gst_element_get_static_pad(queue, "sink");
  g_autoptr(GstPad) before = gst_pad_get_peer(sink);
  g_autoptr(GstEvent) start =
      before ? gst_pad_get_sticky_event(before, GST_EVENT_STREAM_START, 0) : nullptr;
  g_autoptr(GstPad) next = self->next_sink();
  if (!self->flush_.begin_stream()) return GST_PAD_PROBE_DROP;
  send_empty_stream(start, gst_event_get_seqnum(event), next);
  return GST_PAD_PROBE_DROP;
}

}  // namespace dali
