// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/text/gstdalittmlenc.h"

#include <new>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/exception_barrier.h"
#include "gst-plugin/gst_handles.h"
#include "gst-plugin/text_buffers.h"
#include "media/text/language_tag.h"

#define GST_CAT_DEFAULT dali::ttml_enc_category()

G_DEFINE_FINAL_TYPE(GstDaliTtmlEnc, gst_dali_ttml_enc, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(dalittmlenc, "dalittmlenc", GST_RANK_NONE,
                                      GST_TYPE_DALI_TTML_ENC, dali::ttml_enc_category())

namespace dali {
namespace {

constexpr const char* kTtmlCaps = "application/ttml+xml";

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(kAnyTextCaps));
GstStaticPadTemplate source_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kTtmlCaps));

TtmlEncState& state_of(gpointer encoder) {
  auto* self = static_cast<GstDaliTtmlEnc*>(encoder);
  return *std::launder(reinterpret_cast<TtmlEncState*>(self->state));
}

void forget_stream(TtmlEncState& state) {
  state.timeline.forget_segment();
  state.output.forget();
}

void start_stream(GstDaliTtmlEnc* self) {
  TtmlEncState& state = state_of(self);
  GST_OBJECT_LOCK(self);
  const TtmlSettings settings = state.settings;
  GST_OBJECT_UNLOCK(self);
  state.output.start(settings);
  forget_stream(state);
  state.latency = state.output.latency();
}

GstFlowReturn encode(GstDaliTtmlEnc* self, BufferHandle buffer) {
  TtmlEncState& state = state_of(self);
  if (!state.timeline.has_segment()) {
    GST_ELEMENT_ERROR(self, STREAM, FORMAT, ("Text needs a segment in time."), (nullptr));
    return GST_FLOW_ERROR;
  }
  const ShownText shown = state.timeline.take(buffer.get());
  return shown.text.empty() ? state.output.advance(state.timeline.known_until())
                            : state.output.caption(shown.text, shown.time.start, shown.time.end);
}

gboolean take_gap(GstDaliTtmlEnc* self, GstEvent* event) {  // takes
  const EventHandle gap(event);
  TtmlEncState& state = state_of(self);
  if (!state.timeline.has_segment()) return FALSE;
  state.timeline.take_gap(gap.get());
  return state.output.advance(state.timeline.known_until()) == GST_FLOW_OK;
}

gboolean take_caps(GstDaliTtmlEnc* self, GstEvent* event) {  // takes
  const EventHandle given(event);
  state_of(self).timeline.take_caps(event);
  g_autoptr(GstCaps) caps = gst_caps_from_string(kTtmlCaps);
  GstEvent* own = gst_event_new_caps(caps);
  gst_event_set_seqnum(own, gst_event_get_seqnum(event));
  return gst_pad_push_event(self->source, own);
}

void take_language(GstDaliTtmlEnc* self, GstEvent* event) {
  GstTagList* tags = nullptr;
  gst_event_parse_tag(event, &tags);
  g_autofree gchar* code = nullptr;
  if (!gst_tag_list_get_string(tags, GST_TAG_LANGUAGE_CODE, &code)) return;
  state_of(self).output.set_language(language_tag(code));
}

// Segments that follow each other without a flush are one stream. Its documents of bounded length
// end with the old one.
void begin_segment(GstDaliTtmlEnc* self, GstEvent* event) {
  TtmlEncState& state = state_of(self);
  if (state.latency > 0 && state.timeline.has_segment()) {
    state.output.finish(state.timeline.known_until());
  }
  state.timeline.begin_segment(event);
  if (state.timeline.has_segment()) state.output.begin_segment(state.timeline.segment());
}

GstFlowReturn chain(GstPad* /*pad*/, GstObject* parent, GstBuffer* buffer) {
  BufferHandle owned(buffer);
  return no_exception_escapes(GST_ELEMENT(parent), GST_FLOW_ERROR,
                              [&] { return encode(GST_DALI_TTML_ENC(parent), std::move(owned)); });
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  return no_exception_escapes(GST_ELEMENT(parent), FALSE, [&]() -> gboolean {
    GstDaliTtmlEnc* self = GST_DALI_TTML_ENC(parent);
    GST_CAT_LEVEL_LOG(GST_CAT_DEFAULT, level_of(event), pad, "%" GST_PTR_FORMAT, printed(event));
    switch (GST_EVENT_TYPE(event)) {
      case GST_EVENT_CAPS:
        return take_caps(self, event);
      case GST_EVENT_GAP:
        return take_gap(self, event);
      case GST_EVENT_TAG:
        take_language(self, event);
        break;
      case GST_EVENT_SEGMENT:
        begin_segment(self, event);
        break;
      case GST_EVENT_EOS:
        state_of(self).output.finish(state_of(self).timeline.known_until());
        break;
      case GST_EVENT_FLUSH_STOP:
        forget_stream(state_of(self));
        break;
      default:
        break;
    }
    return gst_pad_event_default(pad, parent, event);
  });
}

// A document goes out when its time is over.
gboolean source_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  return answer_with_own_latency(pad, parent, query, state_of(parent).latency);
}

}  // namespace
}  // namespace dali

static GstStateChangeReturn gst_dali_ttml_enc_change_state(GstElement* element,
                                                           GstStateChange transition) {
  return dali::no_exception_escapes(element, GST_STATE_CHANGE_FAILURE, [&] {
    GST_DEBUG_OBJECT(element, "%s", gst_state_change_get_name(transition));
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
      dali::start_stream(GST_DALI_TTML_ENC(element));
    }
    return GST_ELEMENT_CLASS(gst_dali_ttml_enc_parent_class)->change_state(element, transition);
  });
}

static void gst_dali_ttml_enc_set_property(GObject* object, guint property, const GValue* value,
                                           GParamSpec* specification) {
  GST_OBJECT_LOCK(object);
  const bool is_known = dali::set_ttml_setting(dali::state_of(object).settings, property, value);
  GST_OBJECT_UNLOCK(object);
  if (!is_known) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
    return;
  }
  dali::notify_of_other_ttml_settings(object, property);
}

static void gst_dali_ttml_enc_get_property(GObject* object, guint property, GValue* value,
                                           GParamSpec* specification) {
  GST_OBJECT_LOCK(object);
  const bool is_known = dali::get_ttml_setting(dali::state_of(object).settings, property, value);
  GST_OBJECT_UNLOCK(object);
  if (!is_known) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
}

static void gst_dali_ttml_enc_finalize(GObject* object) {
  dali::state_of(object).~TtmlEncState();
  G_OBJECT_CLASS(gst_dali_ttml_enc_parent_class)->finalize(object);
}

static void gst_dali_ttml_enc_init(GstDaliTtmlEnc* self) {
  self->sink = gst_pad_new_from_static_template(&dali::sink_template, "sink");
  self->source = gst_pad_new_from_static_template(&dali::source_template, "src");
  new (self->state) dali::TtmlEncState(GST_ELEMENT(self), self->source);
  gst_pad_set_chain_function(self->sink, dali::chain);
  gst_pad_set_event_function(self->sink, dali::sink_event);
  gst_pad_set_query_function(self->source, dali::source_query);
  gst_pad_use_fixed_caps(self->source);
  gst_element_add_pad(GST_ELEMENT(self), self->sink);
  gst_element_add_pad(GST_ELEMENT(self), self->source);
}

static void gst_dali_ttml_enc_class_init(GstDaliTtmlEncClass* encoder_class) {
  GObjectClass* object_class = G_OBJECT_CLASS(encoder_class);
  object_class->set_property = gst_dali_ttml_enc_set_property;
  object_class->get_property = gst_dali_ttml_enc_get_property;
  object_class->finalize = gst_dali_ttml_enc_finalize;
  dali::install_ttml_properties(object_class);

  GstElementClass* element_class = GST_ELEMENT_CLASS(encoder_class);
  dali::set_category(element_class, dali::ttml_enc_category());
  element_class->change_state = gst_dali_ttml_enc_change_state;
  gst_element_class_add_static_pad_template(element_class, &dali::sink_template);
  gst_element_class_add_static_pad_template(element_class, &dali::source_template);
  gst_element_class_set_static_metadata(
      element_class, "DALI TTML encoder", "Codec/Encoder/Subtitle",
      "Writes text as documents of TTML that are both EBU-TT-D and IMSC 1.1 text profile: one for "
      "a file, or one for each segment of a stream",
      "The gst-dali authors");
}
