// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/text_story.h"

#include "gst-plugin/session/session_log.h"

#define GST_CAT_DEFAULT dali::captioner_category()

namespace dali {

void tell_pushing(GstPad* pad, GstEvent* event) {
  GST_CAT_LEVEL_LOG(GST_CAT_DEFAULT, level_of(event), pad, "%" GST_PTR_FORMAT, printed(event));
}

void tell_pushing(GstPad* pad, GstBuffer* buffer, std::int64_t start_ns, std::int64_t end_ns) {
  const gsize bytes = gst_buffer_get_size(buffer);
  GST_CAT_LEVEL_LOG(GST_CAT_DEFAULT, bytes > 0 ? GST_LEVEL_DEBUG : GST_LEVEL_LOG, pad,
                    "text [%.3f, %.3f) pushed: %" G_GSIZE_FORMAT " bytes at %" GST_TIME_FORMAT,
                    in_seconds(start_ns), in_seconds(end_ns), bytes,
                    GST_TIME_ARGS(GST_BUFFER_PTS(buffer)));
}

GstFlowReturn tell_outside(GstPad* pad, std::int64_t start_ns, std::int64_t end_ns) {
  GST_DEBUG_OBJECT(pad, "text [%.3f, %.3f) dropped by the text pad: outside of the segment",
                   in_seconds(start_ns), in_seconds(end_ns));
  return GST_FLOW_OK;
}

}  // namespace dali
