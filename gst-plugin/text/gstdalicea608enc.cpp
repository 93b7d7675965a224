// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/text/gstdalicea608enc.h"

#include <new>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/exception_barrier.h"
#include "gst-plugin/gst_handles.h"
#include "gst-plugin/text/cea608_properties.h"
#include "gst-plugin/text_buffers.h"

// dalicea708enc is one, too.
#define GST_CAT_DEFAULT dali::category_of(self)

G_DEFINE_TYPE(GstDaliCea608Enc, gst_dali_cea608_enc, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(dalicea608enc, "dalicea608enc", GST_RANK_NONE,
                                      GST_TYPE_DALI_CEA608_ENC, dali::cea608_enc_category())

namespace dali {
namespace {

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(kAnyTextCaps));
GstStaticPadTemplate source_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("closedcaption/x-cea-608, format = (string) { raw, s334-1a }, "
                    "framerate = (fraction) [ 1/1, 240/1 ]"));

Cea608EncState& state_of(gpointer encoder) {
  auto* self = static_cast<GstDaliCea608Enc*>(encoder);
  return *std::launder(reinterpret_cast<Cea608EncState*>(self->state));
}

void start_stream(GstDaliCea608Enc* self) {
  Cea608EncState& state = state_of(self);
  GST_OBJECT_LOCK(self);
  const Cea608Settings settings = state.settings;
  GST_OBJECT_UNLOCK(self);
  state.timeline.forget_segment();
  state.output.start(settings);
}

GstFlowReturn encode(GstDaliCea608Enc* self, BufferHandle buffer) {
  Cea608EncState& state = state_of(self);
  if (!state.timeline.has_segment()) {
    GST_ELEMENT_ERROR(self, STREAM, FORMAT, ("Text needs a segment in time."), (nullptr));
    return GST_FLOW_ERROR;
  }
  const ShownText shown = state.timeline.take(buffer.get());
  return shown.text.empty() ? state.output.advance(state.timeline.known_until())
                            : state.output.caption(shown.text, shown.time.start, shown.time.end);
}

gboolean take_gap(GstDaliCea608Enc* self, GstEvent* event) {  // takes
  const EventHandle gap(event);
  Cea608EncState& state = state_of(self);
  if (!state.timeline.has_segment()) return FALSE;
  state.timeline.take_gap(gap.get());
  return state.output.advance(state.timeline.known_until()) == GST_FLOW_OK;
}

gboolean take_caps(GstDaliCea608Enc* self, GstEvent* event) {  // takes
  const EventHandle caps(event);
  state_of(self).timeline.take_caps(event);
  if (state_of(self).output.negotiate(gst_event_get_seqnum(caps.get()))) return TRUE;
  GST_ELEMENT_ERROR(self, CORE, NEGOTIATION,
                    ("What follows takes no closed captions of this channel."),
                    ("CC3 and CC4 need format=s334-1a"));
  return FALSE;
}

// Captions of the old segment are sent to their end; the new one's frames begin where it does.
void begin_segment(GstDaliCea608Enc* self, GstEvent* event) {
  Cea608EncState& state = state_of(self);
  state.output.drain();
  state.timeline.begin_segment(event);
  if (!state.timeline.has_segment()) return;
  state.output.begin_segment(state.timeline.segment());
  const GstClockTime latency = state.output.latency();
  if (state.latency.exchange(latency) != latency) {
    GST_DEBUG_OBJECT(self, "latency: %" GST_TIME_FORMAT, GST_TIME_ARGS(latency));
    gst_element_post_message(GST_ELEMENT(self), gst_message_new_latency(GST_OBJECT(self)));
  }
}

GstFlowReturn chain(GstPad* /*pad*/, GstObject* parent, GstBuffer* buffer) {
  BufferHandle owned(buffer);
  return no_exception_escapes(GST_ELEMENT(parent), GST_FLOW_ERROR, [&] {
    return encode(GST_DALI_CEA608_ENC(parent), std::move(owned));
  });
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  return no_exception_escapes(GST_ELEMENT(parent), FALSE, [&]() -> gboolean {
    GstDaliCea608Enc* self = GST_DALI_CEA608_ENC(parent);
    GST_CAT_LEVEL_LOG(GST_CAT_DEFAULT, level_of(event), pad, "%" GST_PTR_FORMAT, printed(event));
    switch (GST_EVENT_TYPE(event)) {
      case GST_EVENT_CAPS:
        return take_caps(self, event);
      case GST_EVENT_GAP:
        return take_gap(self, event);
      case GST_EVENT_SEGMENT:
        begin_segment(self, event);
        break;
      case GST_EVENT_EOS:
        state_of(self).output.drain();
        break;
      case GST_EVENT_FLUSH_STOP: {
        // The caps stay; the segment that follows begins anew.
        Cea608EncState& state = state_of(self);
        state.output.forget();
        state.timeline.forget_segment();
        break;
      }
      default:
        break;
    }
    return gst_pad_event_default(pad, parent, event);
  });
}

// Captions come out later by what it takes to send one before it shows.
gboolean source_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  return answer_with_own_latency(pad, parent, query, state_of(parent).latency);
}

}  // namespace
}  // namespace dali

static GstStateChangeReturn gst_dali_cea608_enc_change_state(GstElement* element,
                                                             GstStateChange transition) {
  return dali::no_exception_escapes(element, GST_STATE_CHANGE_FAILURE, [&] {
    GstDaliCea608Enc* self = GST_DALI_CEA608_ENC(element);
    GST_DEBUG_OBJECT(self, "%s", gst_state_change_get_name(transition));
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) dali::start_stream(self);
    return GST_ELEMENT_CLASS(gst_dali_cea608_enc_parent_class)->change_state(element, transition);
  });
}

static void gst_dali_cea608_enc_set_property(GObject* object, guint property, const GValue* value,
                                             GParamSpec* specification) {
  GST_OBJECT_LOCK(object);
  const bool is_known =
      dali::cea608_properties().set(dali::state_of(object).settings, property, value);
  GST_OBJECT_UNLOCK(object);
  if (!is_known) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
}

static void gst_dali_cea608_enc_get_property(GObject* object, guint property, GValue* value,
                                             GParamSpec* specification) {
  GST_OBJECT_LOCK(object);
  const bool is_known =
      dali::cea608_properties().get(dali::state_of(object).settings, property, value);
  GST_OBJECT_UNLOCK(object);
  if (!is_known) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
}

static void gst_dali_cea608_enc_finalize(GObject* object) {
  dali::state_of(object).~Cea608EncState();
  G_OBJECT_CLASS(gst_dali_cea608_enc_parent_class)->finalize(object);
}

static void gst_dali_cea608_enc_init(GstDaliCea608Enc* /*self*/) {}

// Only now is it known which of the two classes the source's template is of.
static void gst_dali_cea608_enc_constructed(GObject* object) {
  G_OBJECT_CLASS(gst_dali_cea608_enc_parent_class)->constructed(object);
  GstDaliCea608Enc* self = GST_DALI_CEA608_ENC(object);
  self->sink = gst_pad_new_from_static_template(&dali::sink_template, "sink");
  self->source = gst_pad_new_from_template(
      gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(self), "src"), "src");
  new (self->state) dali::Cea608EncState(GST_ELEMENT(self), self->source);
  gst_pad_set_chain_function(self->sink, dali::chain);
  gst_pad_set_event_function(self->sink, dali::sink_event);
  gst_pad_set_query_function(self->source, dali::source_query);
  gst_pad_use_fixed_caps(self->source);
  gst_element_add_pad(GST_ELEMENT(self), self->sink);
  gst_element_add_pad(GST_ELEMENT(self), self->source);
}

static void gst_dali_cea608_enc_class_init(GstDaliCea608EncClass* encoder_class) {
  GObjectClass* object_class = G_OBJECT_CLASS(encoder_class);
  object_class->set_property = gst_dali_cea608_enc_set_property;
  object_class->get_property = gst_dali_cea608_enc_get_property;
  object_class->constructed = gst_dali_cea608_enc_constructed;
  object_class->finalize = gst_dali_cea608_enc_finalize;
  dali::cea608_properties().install(object_class);

  GstElementClass* element_class = GST_ELEMENT_CLASS(encoder_class);
  dali::set_category(element_class, dali::cea608_enc_category());
  element_class->change_state = gst_dali_cea608_enc_change_state;
  gst_element_class_add_static_pad_template(element_class, &dali::sink_template);
  gst_element_class_add_static_pad_template(element_class, &dali::source_template);
  gst_element_class_set_static_metadata(
      element_class, "DALI CEA-608 encoder", "Codec/Encoder/Subtitle",
      "Encodes text as CEA-608 closed captions, one buffer for each frame of the picture",
      "The gst-dali authors");
}
