// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/bins/picture_events.h"

namespace dali {
namespace {

GstPadProbeReturn turn_tag(GstPad*, GstPadProbeInfo* info, gpointer) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) != GST_EVENT_TAG) return GST_PAD_PROBE_OK;
  GstTagList* tags = nullptr;
  gst_event_parse_tag(event, &tags);
  if (gst_tag_list_get_tag_size(tags, GST_TAG_IMAGE_ORIENTATION) == 0) return GST_PAD_PROBE_OK;
  GstTagList* upright = gst_tag_list_copy(tags);
  gst_tag_list_add(upright, GST_TAG_MERGE_REPLACE, GST_TAG_IMAGE_ORIENTATION, "rotate-0", nullptr);
  GstEvent* said = gst_event_new_tag(upright);
  gst_event_set_seqnum(said, gst_event_get_seqnum(event));
  gst_event_unref(event);
  GST_PAD_PROBE_INFO_DATA(info) = said;
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn drop_tag(GstPad*, GstPadProbeInfo* info, gpointer) {
  const bool is_tag = GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_TAG;
  return is_tag ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

// The pad's qdata: set from a FLUSH_START to its FLUSH_STOP.
GQuark is_flushing_quark() {
  return g_quark_from_static_string("dali-is-flushing");
}

GstPadProbeReturn drop_second_flush_stop(GstPad* pad, GstPadProbeInfo* info, gpointer) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_START) {
    g_object_set_qdata(G_OBJECT(pad), is_flushing_quark(), GINT_TO_POINTER(TRUE));
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP) {
    const bool is_first = g_object_steal_qdata(G_OBJECT(pad), is_flushing_quark()) != nullptr;
    return is_first ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
  }
  return GST_PAD_PROBE_OK;
}

}  // namespace

void say_upright(GstPad* turned) {
  gst_pad_add_probe(turned, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, turn_tag, nullptr, nullptr);
}

void keep_tags_back(GstPad* text) {
  gst_pad_add_probe(text, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, drop_tag, nullptr, nullptr);
}

void keep_second_flush_stop_back(GstPad* combined) {
  gst_pad_add_probe(combined, GST_PAD_PROBE_TYPE_EVENT_FLUSH, drop_second_flush_stop, nullptr,
                    nullptr);
}

}  // namespace dali
