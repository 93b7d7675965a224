// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/text_events.h"

namespace dali {

// gst_pad_create_stream_id() takes elements of one sink only, so the id is made as it would be:
// from that of the medium that comes first.
EventHandle stream_start_event(GstEvent* media, GstCaps* caps) {
  const gchar* media_id = nullptr;
  gst_event_parse_stream_start(media, &media_id);
  g_autofree gchar* id = g_strconcat(media_id, "/captions", nullptr);
  EventHandle event(gst_event_new_stream_start(id));
  guint group_id = GST_GROUP_ID_INVALID;
  if (gst_event_parse_group_id(media, &group_id)) gst_event_set_group_id(event.get(), group_id);
  gst_event_set_stream_flags(event.get(), GST_STREAM_FLAG_SPARSE);
  g_autoptr(GstStream) stream =
      gst_stream_new(id, caps, GST_STREAM_TYPE_TEXT, GST_STREAM_FLAG_SPARSE);
  gst_event_set_stream(event.get(), stream);
  gst_event_set_seqnum(event.get(), gst_event_get_seqnum(media));
  return event;
}

EventHandle language_event(const std::string& language, guint32 seqnum) {
  GstTagList* tags = gst_tag_list_new(GST_TAG_LANGUAGE_CODE, language.c_str(), nullptr);
  gst_tag_list_set_scope(tags, GST_TAG_SCOPE_STREAM);
  EventHandle event(gst_event_new_tag(tags));
  gst_event_set_seqnum(event.get(), seqnum);
  return event;
}

EventHandle segment_event(const GstSegment& segment, guint32 seqnum) {
  EventHandle event(gst_event_new_segment(&segment));
  gst_event_set_seqnum(event.get(), seqnum);
  return event;
}

}  // namespace dali
