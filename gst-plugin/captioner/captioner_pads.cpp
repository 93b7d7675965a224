// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/captioner_pads.h"

#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "gst-plugin/captioner/live_latency.h"
#include "gst-plugin/captioner/media_sampling.h"
#include "gst-plugin/captioner/missing_input.h"
#include "gst-plugin/exception_barrier.h"

namespace dali {
namespace {

MediaPads& pads_of(GstPad* pad, ElementState& state) {
  return gst_pad_get_element_private(pad) == &state.video ? state.video : state.audio;
}

MediaPads& other_input(const MediaPads& pads, ElementState& state) {
  return &pads == &state.audio ? state.video : state.audio;
}

// The pad on the other side of a passthrough pad, owned; null while the pair is being taken apart.
GstPad* other_side(GstPad* pad, GstObject* parent) {
  ElementState& state = state_of(parent);
  GST_OBJECT_LOCK(parent);
  const MediaPads& pads = pads_of(pad, state);
  GstPad* other = GST_PAD_IS_SINK(pad) ? pads.source : pads.sink;
  if (other) gst_object_ref(other);
  GST_OBJECT_UNLOCK(parent);
  return other;
}

// The sink that stands for both where one answer is wanted, owned: a seek must reach a demuxer
// once, and pictures are the ones that a text's timing matters to.
GstPad* leading_sink(GstObject* parent) {
  ElementState& state = state_of(parent);
  GST_OBJECT_LOCK(parent);
  const bool has_pictures = state.video.sink && !state.video.is_given_up;
  GstPad* sink = has_pictures ? state.video.sink : state.audio.sink;
  if (sink) gst_object_ref(sink);
  GST_OBJECT_UNLOCK(parent);
  return sink;
}

GstIterator* single_link(GstPad* linked) {  // takes
  if (!linked) return nullptr;
  GValue value = G_VALUE_INIT;
  g_value_init(&value, GST_TYPE_PAD);
  g_value_take_object(&value, linked);
  GstIterator* iterator = gst_iterator_new_single(GST_TYPE_PAD, &value);
  g_value_unset(&value);
  return iterator;
}

GstIterator* iterate_other_side(GstPad* pad, GstObject* parent) {
  return single_link(other_side(pad, parent));
}

GstIterator* iterate_leading_sink(GstPad* /*pad*/, GstObject* parent) {
  return single_link(leading_sink(parent));
}

bool is_anything_linked(GstElement* element) {
  bool is_linked = false;
  GST_OBJECT_LOCK(element);
  for (GList* pad = element->srcpads; pad; pad = pad->next) {
    is_linked |= gst_pad_is_linked(GST_PAD(pad->data));
  }
  GST_OBJECT_UNLOCK(element);
  return is_linked;
}

GstFlowReturn flow_of(PushResult result) {
  switch (result) {
    case PushResult::kFlushing:
      return GST_FLOW_FLUSHING;
    case PushResult::kFailed:
      return GST_FLOW_ERROR;
    case PushResult::kOk:
      break;
  }
  return GST_FLOW_OK;
}

// Samples the buffer, then pushes it on: the very same one.
GstFlowReturn chain(GstPad* pad, GstObject* parent, GstBuffer* buffer) {
  BufferHandle owned(buffer);
  GstElement* element = GST_ELEMENT(parent);
  return no_exception_escapes(element, GST_FLOW_ERROR, [&] {
    ElementState& state = state_of(parent);
    MediaPads& pads = pads_of(pad, state);
    enter_run(state, pads);
    pads.is_flowing = true;
    give_up_missing(element, pads, other_input(pads, state));
    note_first_moment(state, pads, owned.get());
    const PushResult sampled = pads.input == Input::kAudio ? sample_audio(state, owned.get())
                                                           : sample_video(state, owned.get());
    if (sampled != PushResult::kOk) return flow_of(sampled);
    g_autoptr(GstPad) source = other_side(pad, parent);
    if (!source) return GST_FLOW_FLUSHING;
    state.attach_known_caption(owned.get(), pads.segment);
    const CaptionSession::Downstream downstream(state.session, pads.input);
    const GstFlowReturn result = gst_pad_push(source, owned.release());
    if (result == GST_FLOW_NOT_LINKED && is_anything_linked(element)) return GST_FLOW_OK;
    return result;
  });
}

void begin_stream(ElementState& state, MediaPads& pads, GstEvent* event) {
  pads.has_come = true;
  if (pads.is_given_up.exchange(false)) state.set_present(pads.input, true);
  pads.was_sent_empty = false;
  guint group = GST_GROUP_ID_INVALID;
  const bool has_group =
      gst_event_parse_group_id(event, &group) != FALSE && group != GST_GROUP_ID_INVALID;
  state.session.begin_stream(pads.input,
                             has_group ? std::optional<std::uint32_t>(group) : std::nullopt);
  state.text.open(event, text_settings(state.settings_snapshot()));
}

void begin_segment(ElementState& state, MediaPads& pads, GstEvent* event) {
  gst_event_copy_segment(event, &pads.segment);
  g_autoptr(GstElement) element = gst_pad_get_parent_element(pads.sink);
  ask_upstream(element, pads);
  GST_OBJECT_LOCK(element);
  const bool is_input_live = pads.is_live;
  const bool is_live = state.audio.is_live || state.video.is_live;
  GST_OBJECT_UNLOCK(element);
  state.session.set_live(pads.input, is_input_live);
  state.text.set_live(is_live);
  state.text.set_segment(pads.input, event);
}

void begin_flush(ElementState& state, MediaPads& pads, GstEvent* event) {
  const auto epoch = state.session.flush_begin(pads.input, gst_event_get_seqnum(event));
  if (!epoch) return;
  state.forget_known_captions();
  state.text.flush_begin(*epoch, event);
}

void end_flush(ElementState& state, MediaPads& pads, GstEvent* event) {
  gst_segment_init(&pads.segment, GST_FORMAT_UNDEFINED);
  pads.promised_gap.reset();
  pads.has_begun = false;
  if (pads.input == Input::kAudio) state.audio_sampler.forget();
  if (pads.input == Input::kVideo) state.video_expected_ns.reset();
  if (state.session.flush_end(pads.input)) state.text.flush_end(event);
}

gboolean handle_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  ElementState& state = state_of(parent);
  MediaPads& pads = pads_of(pad, state);
  const GstEventType type = GST_EVENT_TYPE(event);
  if (GST_EVENT_IS_SERIALIZED(event)) enter_run(state, pads);
  // Downstream is woken first: the text pad's task may wait there.
  if (type == GST_EVENT_FLUSH_START) {
    const EventHandle kept(gst_event_ref(event));
    const gboolean is_handled = gst_pad_event_default(pad, parent, event);
    begin_flush(state, pads, kept.get());
    flush_missing(GST_ELEMENT(parent), other_input(pads, state), kept.get());
    return is_handled;
  }
  // Media end at once; the text ends when the model is through.
  if (type == GST_EVENT_EOS) {
    const guint32 seqnum = gst_event_get_seqnum(event);
    const gboolean is_handled = gst_pad_event_default(pad, parent, event);
    if (pads.input == Input::kAudio) drain_audio(state);
    settle_gap(state, pads, std::nullopt);
    state.text.pass_media(pads.input, TextOutput::kNoTime);
    state.session.finish(pads.input, seqnum);
    give_up_missing(GST_ELEMENT(parent), pads, other_input(pads, state));
    return is_handled;
  }
  if (type == GST_EVENT_STREAM_START) begin_stream(state, pads, event);
  take_picture_tags(state, pads, event);
  if (type == GST_EVENT_CAPS) take_caps(state, pads, event);
  if (type == GST_EVENT_SEGMENT) begin_segment(state, pads, event);
  if (type == GST_EVENT_GAP) sample_gap(state, pads, event);
  if (type == GST_EVENT_FLUSH_STOP) {
    end_flush(state, pads, event);
    flush_missing(GST_ELEMENT(parent), other_input(pads, state), event);
  }
  return gst_pad_event_default(pad, parent, event);
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  return no_exception_escapes(GST_ELEMENT(parent), FALSE,
                              [&] { return handle_event(pad, parent, event); });
}

void on_linked(GstPad* pad, GstPad* /*peer*/, gpointer element) {
  ElementState& state = state_of(element);
  MediaPads& pads = pads_of(pad, state);
  expect_stream(pads);
  state.set_present(pads.input, gst_pad_is_linked(pad));
}

gboolean text_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) {
    return no_exception_escapes(GST_ELEMENT(parent), FALSE,
                                [&] { return answer_text_latency(GST_ELEMENT(parent), query); });
  }
  return gst_pad_query_default(pad, parent, query);
}

gboolean activate_text(GstPad* /*pad*/, GstObject* parent, GstPadMode mode, gboolean is_active) {
  if (mode != GST_PAD_MODE_PUSH) return FALSE;
  return no_exception_escapes(GST_ELEMENT(parent), FALSE, [&]() -> gboolean {
    return state_of(parent).text.set_active(is_active);
  });
}

void proxy(GstPad* pad, MediaPads& pads) {
  gst_pad_set_element_private(pad, &pads);
  gst_pad_set_iterate_internal_links_function(pad, iterate_other_side);
  GST_PAD_SET_PROXY_CAPS(pad);
  GST_PAD_SET_PROXY_ALLOCATION(pad);
}

}  // namespace

void set_up_sink(GstElement* element, MediaPads& pads) {
  proxy(pads.sink, pads);
  gst_pad_set_chain_function(pads.sink, chain);
  gst_pad_set_event_function(pads.sink, sink_event);
  // Only a linked input is waited for.
  g_signal_connect(pads.sink, "linked", G_CALLBACK(on_linked), element);
  g_signal_connect(pads.sink, "unlinked", G_CALLBACK(on_linked), element);
}

void set_up_source(MediaPads& pads) {
  proxy(pads.source, pads);
}

void set_up_text_pad(GstPad* pad) {
  gst_pad_set_activatemode_function(pad, activate_text);
  gst_pad_set_query_function(pad, text_query);
  gst_pad_set_iterate_internal_links_function(pad, iterate_leading_sink);
  gst_pad_use_fixed_caps(pad);
}

}  // namespace dali
