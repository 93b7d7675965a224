// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/gstdalitranscriber.h"

#include <cstring>

#include "gst-plugin/captioner/captioner_pads.h"
#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "gst-plugin/debug_categories.h"

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

constexpr const char* kLanguageCode = "language-code";

// The captioner's name of a property.
const char* name_inside(const GParamSpec* specification) {
  const bool is_language = std::strcmp(specification->name, kLanguageCode) == 0;
  return is_language ? "language" : specification->name;
}

void install_transcriber_properties(GObjectClass* object_class) {
  const auto flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  const auto playing = static_cast<GParamFlags>(flags | GST_PARAM_MUTABLE_PLAYING);
  guint property = 1;
  const auto install = [&](GParamSpec* specification) {
    g_object_class_install_property(object_class, property++, specification);
  };
  install(g_param_spec_string("model", "Model", "As dalicaptioner's", nullptr, flags));
  install(g_param_spec_string(kLanguageCode, "Language code",
                              "ISO 639 code of the captions' language: dalicaptioner's language",
                              "en", playing));
  install(g_param_spec_uint("window", "Window", "As dalicaptioner's, in milliseconds", 1000, 60000,
                            10000, playing));
  install(g_param_spec_uint("latency", "Latency", "As dalicaptioner's, in milliseconds", 0,
                            G_MAXUINT, 3000, playing));
  install(g_param_spec_uint("lateness", "Lateness", "As dalicaptioner's, in milliseconds", 0,
                            600000, 0, playing));
  install(g_param_spec_uint("threads", "Threads", "As dalicaptioner's", 0, 1024, 0, playing));
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

static void gst_dali_transcriber_set_property(GObject* object, guint /*property*/,
                                              const GValue* value, GParamSpec* specification) {
  g_object_set_property(G_OBJECT(GST_DALI_TRANSCRIBER(object)->captioner),
                        dali::name_inside(specification), value);
}

static void gst_dali_transcriber_get_property(GObject* object, guint /*property*/, GValue* value,
                                              GParamSpec* specification) {
  g_object_get_property(G_OBJECT(GST_DALI_TRANSCRIBER(object)->captioner),
                        dali::name_inside(specification), value);
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
  dali::install_transcriber_properties(object_class);

  GstElementClass* element_class = GST_ELEMENT_CLASS(transcriber_class);
  dali::set_category(element_class, dali::transcriber_category());
  gst_element_class_add_static_pad_template(element_class, &dali::transcriber_sink_template);
  gst_element_class_add_static_pad_template(element_class, &dali::transcriber_source_template);
  gst_element_class_set_static_metadata(
      element_class, "DALI transcriber", "Audio/Text/Filter",
      "Describes sounds, with the pads and properties of a transcriber of gst-plugins-rs",
      "The gst-dali authors");
}
