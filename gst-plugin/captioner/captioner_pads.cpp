// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/captioner_pads.h"

#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "gst-plugin/debug_categories.h"
#include "gst-plugin/exception_barrier.h"
#include "gst-plugin/gst_handles.h"

#define GST_CAT_DEFAULT dali::captioner_category()

namespace dali {
namespace {

GstIterator* single_link(GstPad* linked) {  // takes
  if (!linked) return nullptr;
  GValue value = G_VALUE_INIT;
  g_value_init(&value, GST_TYPE_PAD);
  g_value_take_object(&value, linked);
  GstIterator* iterator = gst_iterator_new_single(GST_TYPE_PAD, &value);
  g_value_unset(&value);
  return iterator;
}

GstIterator* iterate_other_side(GstPad* pad, GstObject* /*parent*/) {
  const MediaPads& pads = media_pads_of(pad);
  return single_link(GST_PAD_IS_SINK(pad) ? pads.source() : pads.sink());
}

GstIterator* iterate_leading_sink(GstPad* /*pad*/, GstObject* parent) {
  return single_link(captioner_of(parent).leading_sink());
}

GstFlowReturn chain(GstPad* pad, GstObject* parent, GstBuffer* buffer) {
  BufferHandle owned(buffer);
  GST_TRACE_OBJECT(pad, "%" GST_PTR_FORMAT, printed(buffer));
  return no_exception_escapes(GST_ELEMENT(parent), GST_FLOW_ERROR, [&] {
    return captioner_of(parent).chain(media_pads_of(pad), std::move(owned));
  });
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  GST_CAT_LEVEL_LOG(GST_CAT_DEFAULT, level_of(event), pad, "%" GST_PTR_FORMAT, printed(event));
  return no_exception_escapes(GST_ELEMENT(parent), FALSE, [&] {
    return captioner_of(parent).handle_event(media_pads_of(pad), pad, event);
  });
}

void on_linked(GstPad* pad, GstPad* /*peer*/, gpointer captioner) {
  captioner_of(captioner).note_link(media_pads_of(pad), gst_pad_is_linked(pad));
}

gboolean sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  const gboolean is_answered = gst_pad_query_default(pad, parent, query);
  if (GST_QUERY_TYPE(query) != GST_QUERY_ACCEPT_CAPS || !is_answered) return is_answered;
  gboolean is_accepted = FALSE;
  gst_query_parse_accept_caps_result(query, &is_accepted);
  if (!is_accepted) GST_INFO_OBJECT(pad, "refused: %" GST_PTR_FORMAT, printed(query));
  return is_answered;
}

gboolean text_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return gst_pad_query_default(pad, parent, query);
  return no_exception_escapes(GST_ELEMENT(parent), FALSE, [&]() -> gboolean {
    captioner_of(parent).answer_text_latency(query);
    return TRUE;
  });
}

gboolean activate_text(GstPad* /*pad*/, GstObject* parent, GstPadMode mode, gboolean is_active) {
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  return no_exception_escapes(GST_ELEMENT(parent), FALSE, [&]() -> gboolean {
    return captioner_of(parent).set_text_active(is_active);
  });
}

GstPad* new_pad(GstElement* captioner, const char* name) {
  return gst_pad_new_from_template(
      gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(captioner), name), name);
}

GstPad* new_proxy(GstElement* captioner, const char* name, MediaPads& pads) {
  GstPad* pad = new_pad(captioner, name);
  gst_pad_set_element_private(pad, &pads);
  gst_pad_set_iterate_internal_links_function(pad, iterate_other_side);
  GST_PAD_SET_PROXY_CAPS(pad);
  GST_PAD_SET_PROXY_ALLOCATION(pad);
  return pad;
}

}  // namespace

MediaPads& media_pads_of(GstPad* pad) {
  return *static_cast<MediaPads*>(gst_pad_get_element_private(pad));
}

GstPad* new_sink(GstElement* captioner, MediaPads& pads) {
  const bool is_audio = pads.input() == Input::kAudio;
  GstPad* sink = new_proxy(captioner, is_audio ? "audio_sink" : "video_sink", pads);
  gst_pad_set_chain_function(sink, chain);
  gst_pad_set_event_function(sink, sink_event);
  gst_pad_set_query_function(sink, sink_query);
  g_signal_connect(sink, "linked", G_CALLBACK(on_linked), captioner);
  g_signal_connect(sink, "unlinked", G_CALLBACK(on_linked), captioner);
  return sink;
}

GstPad* new_source(GstElement* captioner, MediaPads& pads) {
  const bool is_audio = pads.input() == Input::kAudio;
  return new_proxy(captioner, is_audio ? "audio_src" : "video_src", pads);
}

GstPad* new_text_pad(GstElement* captioner) {
  GstPad* pad = new_pad(captioner, "text_src");
  gst_pad_set_activatemode_function(pad, activate_text);
  gst_pad_set_query_function(pad, text_query);
  gst_pad_set_iterate_internal_links_function(pad, iterate_leading_sink);
  gst_pad_use_fixed_caps(pad);
  return pad;
}

void add_pad(GstElement* captioner, GstPad* pad) {
  // Pads that come while the element runs are not activated for it.
  GST_OBJECT_LOCK(captioner);
  const bool is_running =
      GST_STATE(captioner) > GST_STATE_READY || GST_STATE_NEXT(captioner) > GST_STATE_READY;
  GST_OBJECT_UNLOCK(captioner);
  if (is_running) gst_pad_set_active(pad, TRUE);
  gst_element_add_pad(captioner, pad);
}

}  // namespace dali
