// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/gstdalitranscriber.h"

#include <vector>

#include "gst-plugin/captioner/captioner_pads.h"
#include "gst-plugin/captioner/captioner_properties.h"
#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "gst-plugin/debug_categories.h"
#include "gst-plugin/property_table.h"

#define GST_CAT_DEFAULT dali::transcriber_category()

G_DEFINE_FINAL_TYPE(GstDaliTranscriber, gst_dali_transcriber, GST_TYPE_BIN)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(dalitranscriber, "dalitranscriber", GST_RANK_NONE,
                                      GST_TYPE_DALI_TRANSCRIBER, dali::transcriber_category())

namespace dali {
namespace {

GstStaticPadTemplate transcriber_sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(kAudioCaps));
GstStaticPadTemplate transcriber_source_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kTextCaps));

const std::vector<ShownProperty>& shown_properties() {
  static const std::vector<ShownProperty> shown = {
      {.name_inside = "model", .mutability = Mutability::kUnsaid},
      {.name_inside = "language", .name = "language-code"},
      {.name_inside = "window"},
      {.name_inside = "latency"},
      {.name_inside = "lateness"},
      {.name_inside = "threads"},
  };
  return shown;
}

// The element's pad `name`, which stands for the captioner's.
void show_pad(GstDaliTranscriber* self, GstPad* captioner_pad, const char* name) {  // borrows
  GstPadTemplate* pad_template =
      gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(self), name);
  gst_element_add_pad(GST_ELEMENT(self),
                      gst_ghost_pad_new_from_template(name, captioner_pad, pad_template));
}

}  // namespace
}  // namespace dali

static void gst_dali_transcriber_set_property(GObject* object, guint property, const GValue* value,
                                              GParamSpec* specification) {
  GstElement* captioner = GST_DALI_TRANSCRIBER(object)->captioner;
  if (dali::set_shown(dali::shown_properties(), captioner, specification->name, value)) return;
  G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
}

static void gst_dali_transcriber_get_property(GObject* object, guint property, GValue* value,
                                              GParamSpec* specification) {
  GstElement* captioner = GST_DALI_TRANSCRIBER(object)->captioner;
  if (dali::get_shown(dali::shown_properties(), captioner, specification->name, value)) return;
  G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
}

static void gst_dali_transcriber_init(GstDaliTranscriber* self) {
  self->captioner =
      GST_ELEMENT(g_object_new(GST_TYPE_DALI_CAPTIONER, "name", "captioner", nullptr));
  gst_bin_add(GST_BIN(self), self->captioner);
  g_autoptr(GstPad) sound = gst_element_request_pad_simple(self->captioner, "audio_sink");
  g_autoptr(GstPad) text = gst_element_get_static_pad(self->captioner, "text_src");
  dali::show_pad(self, sound, "sink");
  dali::show_pad(self, text, "src");
  GST_DEBUG_OBJECT(self, "made around %" GST_PTR_FORMAT, dali::printed(self->captioner));
}

static void gst_dali_transcriber_class_init(GstDaliTranscriberClass* transcriber_class) {
  GObjectClass* object_class = G_OBJECT_CLASS(transcriber_class);
  object_class->set_property = gst_dali_transcriber_set_property;
  object_class->get_property = gst_dali_transcriber_get_property;
  dali::install_shown(object_class, dali::shown_properties(), dali::captioner_properties());

  GstElementClass* element_class = GST_ELEMENT_CLASS(transcriber_class);
  dali::set_category(element_class, dali::transcriber_category());
  gst_element_class_add_static_pad_template(element_class, &dali::transcriber_sink_template);
  gst_element_class_add_static_pad_template(element_class, &dali::transcriber_source_template);
  gst_element_class_set_static_metadata(
      element_class, "DALI transcriber", "Audio/Text/Filter",
      "Describes sounds, with the pads and properties of a transcriber of gst-plugins-rs",
      "The gst-dali authors");
}
