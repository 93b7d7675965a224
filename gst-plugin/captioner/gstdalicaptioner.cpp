// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/gstdalicaptioner.h"

#include <cmath>
#include <cstring>
#include <new>

#include "gst-plugin/caption_meta.h"
#include "gst-plugin/captioner/captioner_pads.h"
#include "gst-plugin/captioner/captioner_settings.h"
#include "gst-plugin/captioner/live_latency.h"
#include "gst-plugin/captioner/missing_input.h"
#include "gst-plugin/debug_categories.h"
#include "gst-plugin/exception_barrier.h"

#define GST_CAT_DEFAULT dali::captioner_category()

G_DEFINE_FINAL_TYPE(GstDaliCaptioner, gst_dali_captioner, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(dalicaptioner, "dalicaptioner", GST_RANK_NONE,
                                      GST_TYPE_DALI_CAPTIONER, dali::captioner_category();
                                      dali::model_category())

namespace dali {

ElementState& state_of(gpointer captioner) {
  auto* self = static_cast<GstDaliCaptioner*>(captioner);
  return *std::launder(reinterpret_cast<ElementState*>(self->state));
}

namespace {

GstStaticPadTemplate audio_sink_template = GST_STATIC_PAD_TEMPLATE(
    "audio_sink", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS(kAudioCaps));
GstStaticPadTemplate video_sink_template = GST_STATIC_PAD_TEMPLATE(
    "video_sink", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS(kVideoCaps));
GstStaticPadTemplate audio_src_template = GST_STATIC_PAD_TEMPLATE(
    "audio_src", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS(kAudioCaps));
GstStaticPadTemplate video_src_template = GST_STATIC_PAD_TEMPLATE(
    "video_src", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS(kVideoCaps));
GstStaticPadTemplate text_src_template =
    GST_STATIC_PAD_TEMPLATE("text_src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kTextCaps));

gpointer parent_class() {
  return gst_dali_captioner_parent_class;
}

void add_pad(GstElement* element, GstPad* pad) {
  // Pads that come while the element runs are not activated for it.
  GST_OBJECT_LOCK(element);
  const bool is_running =
      GST_STATE(element) > GST_STATE_READY || GST_STATE_NEXT(element) > GST_STATE_READY;
  GST_OBJECT_UNLOCK(element);
  if (is_running) gst_pad_set_active(pad, TRUE);
  gst_element_add_pad(element, pad);
}

GstPad* request_pad(GstElement* element, GstPadTemplate* sink_template) {
  ElementState& state = state_of(element);
  const bool is_audio =
      std::strcmp(GST_PAD_TEMPLATE_NAME_TEMPLATE(sink_template), "audio_sink") == 0;
  MediaPads& pads = is_audio ? state.audio : state.video;
  GstPad* sink = gst_pad_new_from_template(sink_template, is_audio ? "audio_sink" : "video_sink");
  GstPad* source = gst_pad_new_from_static_template(
      is_audio ? &audio_src_template : &video_src_template, is_audio ? "audio_src" : "video_src");
  GST_OBJECT_LOCK(element);
  const bool is_taken = pads.sink != nullptr;
  if (!is_taken) {
    pads.sink = sink;
    pads.source = source;
  }
  GST_OBJECT_UNLOCK(element);
  GST_DEBUG_OBJECT(element, "%s is asked for%s", GST_PAD_NAME(sink),
                   is_taken ? ", but there is one already" : "");
  if (is_taken) {
    gst_object_unref(gst_object_ref_sink(sink));
    gst_object_unref(gst_object_ref_sink(source));
    return nullptr;
  }
  set_up_sink(element, pads);
  set_up_source(pads);
  expect_stream(pads);
  add_pad(element, source);
  add_pad(element, sink);
  return sink;
}

// Connected before anybody else can, who would link the pad to something else.
void on_pad_added(GstElement* element, GstPad* pad, gpointer) {
  no_exception_escapes(element, [&] {
    ElementState& state = state_of(element);
    for (const MediaPads* pads : {&state.audio, &state.video}) {
      GST_OBJECT_LOCK(element);
      const bool is_theirs = pads->source == pad;
      GST_OBJECT_UNLOCK(element);
      if (is_theirs) pads->former_taker.link_again(element, pad);
    }
  });
}

void release_pads(GstElement* element, GstPad* sink) {
  ElementState& state = state_of(element);
  GST_OBJECT_LOCK(element);
  MediaPads& pads = state.audio.sink == sink ? state.audio : state.video;
  GstPad* source = pads.sink == sink ? pads.source : nullptr;
  if (source) {
    gst_object_ref(source);
    pads.sink = nullptr;
    pads.source = nullptr;
  }
  GST_OBJECT_UNLOCK(element);
  if (!source) return;
  GST_DEBUG_OBJECT(element, "%s is given back", GST_PAD_NAME(sink));
  // Wakes a chain that waits for the model; then the pads can be taken down.
  state.set_present(pads.input, false);
  pads.former_taker.remember(source);
  expect_stream(pads);
  // A stream that is taken away in its middle may come back; an attempt to link comes before there
  // are data.
  const MediaPads& other = &pads == &state.audio ? state.video : state.audio;
  pads.is_given_up = other.is_flowing.load();
  gst_pad_set_active(sink, FALSE);
  gst_pad_set_active(source, FALSE);
  gst_element_remove_pad(element, source);
  gst_element_remove_pad(element, sink);
  gst_object_unref(source);
}

guint64 nanoseconds(double seconds) {
  return static_cast<guint64>(std::llround(seconds * 1e9));
}

GstStructure* stats_structure(const SessionStats& stats, std::int64_t load_ns) {
  const CaptionTiming& timing = stats.timing;
  return gst_structure_new(
      "dalicaptioner-stats", "windows", G_TYPE_UINT64, stats.windows, "captions", G_TYPE_UINT64,
      stats.captions, "silent", G_TYPE_UINT64, stats.silent, "rejected", G_TYPE_UINT64,
      stats.rejected, "failed", G_TYPE_UINT64, stats.failed, "dropped", G_TYPE_UINT64,
      stats.dropped, "pending", G_TYPE_INT, stats.pending, "last-describe-time", G_TYPE_UINT64,
      static_cast<guint64>(stats.last_describe_ns), "describe-time", G_TYPE_UINT64,
      static_cast<guint64>(stats.total_describe_ns), "load-time", G_TYPE_UINT64,
      static_cast<guint64>(load_ns), "described", G_TYPE_UINT64, stats.described, "tokens",
      G_TYPE_UINT64, stats.tokens, "mel-time", G_TYPE_UINT64, nanoseconds(timing.mel_s),
      "pixels-time", G_TYPE_UINT64, nanoseconds(timing.pixels_s), "audio-tower-time", G_TYPE_UINT64,
      nanoseconds(timing.audio_tower_s), "vision-tower-time", G_TYPE_UINT64,
      nanoseconds(timing.vision_tower_s), "prefill-time", G_TYPE_UINT64,
      nanoseconds(timing.prefill_s), "decoding-time", G_TYPE_UINT64, nanoseconds(timing.decoding_s),
      nullptr);
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  ElementState& state = state_of(element);
  GST_DEBUG_OBJECT(element, "%s", gst_state_change_get_name(transition));
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) state.begin_loading();
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) state.start();
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) state.interrupt();

  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(parent_class())->change_state(element, transition);

  const bool has_not_started =
      transition == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY || has_not_started) state.stop();
  if (transition == GST_STATE_CHANGE_READY_TO_NULL) state.end_loading();
  return result;
}

}  // namespace
}  // namespace dali

static GstPad* gst_dali_captioner_request_new_pad(GstElement* element,
                                                  GstPadTemplate* sink_template,
                                                  const gchar* /*name*/, const GstCaps* /*caps*/) {
  return dali::no_exception_escapes<GstPad*>(
      element, nullptr, [&] { return dali::request_pad(element, sink_template); });
}

static void gst_dali_captioner_release_pad(GstElement* element, GstPad* pad) {
  dali::no_exception_escapes(element, [&] { dali::release_pads(element, pad); });
}

static GstStateChangeReturn gst_dali_captioner_change_state(GstElement* element,
                                                            GstStateChange transition) {
  return dali::no_exception_escapes(element, GST_STATE_CHANGE_FAILURE,
                                    [&] { return dali::change_state(element, transition); });
}

static void gst_dali_captioner_set_property(GObject* object, guint property, const GValue* value,
                                            GParamSpec* specification) {
  dali::no_exception_escapes(GST_ELEMENT(object), [&] {
    GST_OBJECT_LOCK(object);
    dali::ElementState& state = dali::state_of(object);
    const bool is_known = dali::set_setting(state.settings, property, value);
    state.is_passthrough = state.settings.passthrough;
    GST_OBJECT_UNLOCK(object);
    const bool is_of_latency = property == dali::kWindowProperty ||
                               property == dali::kLatencyProperty ||
                               property == dali::kLatenessProperty;
    if (is_of_latency) dali::post_latency(GST_ELEMENT(object), state);
    if (!is_known) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
  });
}

static void gst_dali_captioner_get_property(GObject* object, guint property, GValue* value,
                                            GParamSpec* specification) {
  dali::no_exception_escapes(GST_ELEMENT(object), [&] {
    dali::ElementState& state = dali::state_of(object);
    if (property == dali::kStatsProperty) {
      g_value_take_boxed(value, dali::stats_structure(state.session.stats(), state.load_ns()));
      return;
    }
    if (property == dali::kMaxObservedDelayProperty) {
      g_value_set_uint(value, static_cast<guint>(state.max_observed_delay().count()));
      return;
    }
    GST_OBJECT_LOCK(object);
    const bool is_known = dali::get_setting(state.settings, property, value);
    GST_OBJECT_UNLOCK(object);
    if (!is_known) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
  });
}

static void gst_dali_captioner_finalize(GObject* object) {
  dali::state_of(object).~ElementState();
  G_OBJECT_CLASS(gst_dali_captioner_parent_class)->finalize(object);
}

static void gst_dali_captioner_init(GstDaliCaptioner* self) {
  self->text_pad = gst_pad_new_from_static_template(&dali::text_src_template, "text_src");
  new (self->state) dali::ElementState(GST_ELEMENT(self), self->text_pad);
  dali::set_up_text_pad(self->text_pad);
  gst_element_add_pad(GST_ELEMENT(self), self->text_pad);
  g_signal_connect(self, "pad-added", G_CALLBACK(dali::on_pad_added), nullptr);
}

static void gst_dali_captioner_class_init(GstDaliCaptionerClass* captioner_class) {
  GObjectClass* object_class = G_OBJECT_CLASS(captioner_class);
  object_class->set_property = gst_dali_captioner_set_property;
  object_class->get_property = gst_dali_captioner_get_property;
  object_class->finalize = gst_dali_captioner_finalize;
  dali::install_properties(object_class);

  GstElementClass* element_class = GST_ELEMENT_CLASS(captioner_class);
  dali::set_category(element_class, dali::captioner_category());
  element_class->request_new_pad = gst_dali_captioner_request_new_pad;
  element_class->release_pad = gst_dali_captioner_release_pad;
  element_class->change_state = gst_dali_captioner_change_state;
  for (GstStaticPadTemplate* pad_template :
       {&dali::audio_sink_template, &dali::video_sink_template, &dali::audio_src_template,
        &dali::video_src_template, &dali::text_src_template}) {
    gst_element_class_add_static_pad_template(element_class, pad_template);
  }
  gst_element_class_set_static_metadata(
      element_class, "DALI captioner", "Filter/Analyzer/Audio/Video",
      "Describes what a stream sounds and looks like: passes audio and video through and sends "
      "captions on text_src",
      "The gst-dali authors");
  dali::register_caption_meta();
  dali::watch_for_no_more_pads();
}
