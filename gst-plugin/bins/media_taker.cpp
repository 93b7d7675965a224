// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/bins/media_taker.h"

#include <utility>

#include "gst-plugin/gst_handles.h"

namespace dali {

MediaTaker::MediaTaker(OnEnd on_end)
    : on_end_(std::move(on_end)), pad_(gst_pad_new("media-taker", GST_PAD_SINK)) {
  gst_object_ref_sink(pad_);
  gst_pad_set_element_private(pad_, this);
  gst_pad_set_chain_function(pad_, drop);
  gst_pad_set_event_function(pad_, take_event);
  open();
}

MediaTaker::~MediaTaker() {
  close();
  gst_object_unref(pad_);
}

void MediaTaker::close() {
  gst_pad_set_active(pad_, FALSE);
}

void MediaTaker::open() {
  gst_pad_set_active(pad_, TRUE);
}

GstFlowReturn MediaTaker::drop(GstPad*, GstObject*, GstBuffer* buffer) noexcept {
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

gboolean MediaTaker::take_event(GstPad* pad, GstObject*, GstEvent* event) noexcept {
  const EventHandle owned(event);
  auto* self = static_cast<MediaTaker*>(gst_pad_get_element_private(pad));
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_EOS:
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_FLUSH_STOP:
      self->on_end_(pad, event);
      break;
    default:
      break;
  }
  return TRUE;
}

}  // namespace dali
