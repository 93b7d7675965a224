// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/gstdalicaptioner.h"

#include <cstring>
#include <new>

#include "gst-plugin/caption_meta.h"
#include "gst-plugin/captioner/captioner_pads.h"
#include "gst-plugin/captioner/captioner_properties.h"
#include "gst-plugin/captioner/missing_input.h"
#include "gst-plugin/debug_categories.h"
#include "gst-plugin/exception_barrier.h"

#define GST_CAT_DEFAULT dali::captioner_category()

G_DEFINE_FINAL_TYPE(GstDaliCaptioner, gst_dali_captioner, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(dalicaptioner, "dalicaptioner", GST_RANK_NONE,
                                      GST_TYPE_DALI_CAPTIONER, dali::captioner_category();
                                      dali::model_category())

namespace dali {

CaptionerElement& captioner_of(gpointer captioner) {
  auto* self = static_cast<GstDaliCaptioner*>(captioner);
  return *std::launder(reinterpret_cast<CaptionerElement*>(self->captioner));
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

GstPad* request_pads(GstElement* element, GstPadTemplate* sink_template) {
  const bool is_audio =
      std::strcmp(GST_PAD_TEMPLATE_NAME_TEMPLATE(sink_template), "audio_sink") == 0;
  return captioner_of(element).request_pads(is_audio ? Input::kAudio : Input::kVideo);
}

// Connected before anybody else can, who would link the pad to something else.
void on_pad_added(GstElement* element, GstPad* pad, gpointer) {
  no_exception_escapes(element, [&] { captioner_of(element).link_again(pad); });
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  CaptionerElement& captioner = captioner_of(element);
  GST_DEBUG_OBJECT(element, "%s", gst_state_change_get_name(transition));
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) captioner.begin_loading();
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) captioner.start();
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) captioner.interrupt();

  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(parent_class())->change_state(element, transition);

  const bool has_not_started =
      transition == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY || has_not_started) captioner.stop();
  if (transition == GST_STATE_CHANGE_READY_TO_NULL) captioner.end_loading();
  return result;
}

}  // namespace
}  // namespace dali

static GstPad* gst_dali_captioner_request_new_pad(GstElement* element,
                                                  GstPadTemplate* sink_template,
                                                  const gchar* /*name*/, const GstCaps* /*caps*/) {
  return dali::no_exception_escapes<GstPad*>(
      element, nullptr, [&] { return dali::request_pads(element, sink_template); });
}

static void gst_dali_captioner_release_pad(GstElement* element, GstPad* pad) {
  dali::no_exception_escapes(element, [&] { dali::captioner_of(element).release_pads(pad); });
}

static GstStateChangeReturn gst_dali_captioner_change_state(GstElement* element,
                                                            GstStateChange transition) {
  return dali::no_exception_escapes(element, GST_STATE_CHANGE_FAILURE,
                                    [&] { return dali::change_state(element, transition); });
}

static void gst_dali_captioner_set_property(GObject* object, guint property, const GValue* value,
                                            GParamSpec* specification) {
  dali::no_exception_escapes(GST_ELEMENT(object), [&] {
    if (dali::captioner_of(object).set_property(property, value)) return;
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
  });
}

static void gst_dali_captioner_get_property(GObject* object, guint property, GValue* value,
                                            GParamSpec* specification) {
  dali::no_exception_escapes(GST_ELEMENT(object), [&] {
    if (dali::captioner_of(object).get_property(property, value)) return;
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
  });
}

static void gst_dali_captioner_finalize(GObject* object) {
  dali::captioner_of(object).~CaptionerElement();
  G_OBJECT_CLASS(gst_dali_captioner_parent_class)->finalize(object);
}

static void gst_dali_captioner_init(GstDaliCaptioner* self) {
  GstPad* text_pad = dali::new_text_pad(GST_ELEMENT(self));
  new (self->captioner) dali::CaptionerElement(GST_ELEMENT(self), text_pad);
  gst_element_add_pad(GST_ELEMENT(self), text_pad);
  g_signal_connect(self, "pad-added", G_CALLBACK(dali::on_pad_added), nullptr);
}

static void gst_dali_captioner_class_init(GstDaliCaptionerClass* captioner_class) {
  GObjectClass* object_class = G_OBJECT_CLASS(captioner_class);
  object_class->set_property = gst_dali_captioner_set_property;
  object_class->get_property = gst_dali_captioner_get_property;
  object_class->finalize = gst_dali_captioner_finalize;
  dali::captioner_properties().install(object_class);
  dali::captioner_readings().install(object_class);

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
