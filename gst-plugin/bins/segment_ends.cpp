// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/bins/segment_ends.h"

namespace dali {
namespace {

bool is_followed_by_segments(GstPad* pad) {
  g_autoptr(GstEvent) event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
  if (!event) return false;
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event, &segment);
  return (segment->flags & GST_SEGMENT_FLAG_SEGMENT) != 0;
}

GstFlowReturn answer(GstPad* pad, GstFlowReturn result) {
  return result == GST_FLOW_EOS && is_followed_by_segments(pad) ? GST_FLOW_OK : result;
}

GstFlowReturn chain(GstPad* pad, GstObject* parent, GstBuffer* buffer) {
  return answer(pad, gst_proxy_pad_chain_default(pad, parent, buffer));
}

GstFlowReturn chain_list(GstPad* pad, GstObject* parent, GstBufferList* buffers) {
  return answer(pad, gst_proxy_pad_chain_list_default(pad, parent, buffers));
}

}  // namespace

void go_on_behind_segments(GstPad* proxy) {
  gst_pad_set_chain_function(proxy, chain);
  gst_pad_set_chain_list_function(proxy, chain_list);
}

}  // namespace dali
