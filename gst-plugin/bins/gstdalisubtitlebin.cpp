// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/bins/gstdalisubtitlebin.h"

#include <cstring>
#include <new>

#include "gst-plugin/captioner/captioner_pads.h"
#include "gst-plugin/decodable_caps.h"
#include "gst-plugin/exception_barrier.h"

G_DEFINE_FINAL_TYPE(GstDaliSubtitleBin, gst_dali_subtitle_bin, GST_TYPE_BIN)
GST_ELEMENT_REGISTER_DEFINE(dalisubtitlebin, "dalisubtitlebin", GST_RANK_NONE,
                            GST_TYPE_DALI_SUBTITLE_BIN)

namespace dali {
namespace {

GstStaticPadTemplate audio_src_template =
    GST_STATIC_PAD_TEMPLATE("audio_src", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS_ANY);
GstStaticPadTemplate video_src_template =
    GST_STATIC_PAD_TEMPLATE("video_src", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS_ANY);
GstStaticPadTemplate text_src_template =
    GST_STATIC_PAD_TEMPLATE("text_src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kTextCaps));

// All but the mode are the captioner's, under the same names.
enum Property : guint { kMode = 1, kModel, kWindow, kLatency, kLateness };

GType mode_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(SubtitleMode::kText), "As text, on text_src", "text"},
      {static_cast<int>(SubtitleMode::kCea608), "As CEA-608 closed captions of the pictures",
       "cea608"},
      {static_cast<int>(SubtitleMode::kBurnIn), "In the pictures", "burn-in"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstDaliSubtitleMode", values);
  return type;
}

void add_sink_template(GstElementClass* element_class, const char* name, bool is_audio) {
  g_autoptr(GstCaps) caps = decodable_caps(is_audio);
  gst_element_class_add_pad_template(
      element_class, gst_pad_template_new(name, GST_PAD_SINK, GST_PAD_REQUEST, caps));
}

SubtitleBranches& branches_of(gpointer bin) {
  auto* self = static_cast<GstDaliSubtitleBin*>(bin);
  return *std::launder(reinterpret_cast<SubtitleBranches*>(self->branches));
}

void install_bin_properties(GObjectClass* object_class) {
  const auto flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  const auto playing = static_cast<GParamFlags>(flags | GST_PARAM_MUTABLE_PLAYING);
  const auto install = [object_class](Property property, GParamSpec* specification) {
    g_object_class_install_property(object_class, property, specification);
  };
  install(kMode, g_param_spec_enum("mode", "Mode",
                                   "How the captions leave the bin; counts for pads that are asked "
                                   "for afterwards. text_src has them as text in any mode",
                                   mode_type(), static_cast<int>(SubtitleMode::kText), flags));
  install(kModel, g_param_spec_string("model", "Model", "As dalicaptioner's", nullptr, flags));
  install(kWindow, g_param_spec_uint("window", "Window", "As dalicaptioner's, in milliseconds",
                                     1000, 60000, 10000, playing));
  install(kLatency, g_param_spec_uint("latency", "Latency", "As dalicaptioner's, in milliseconds",
                                      0, G_MAXUINT, 3000, playing));
  install(kLateness,
          g_param_spec_uint("lateness", "Lateness", "As dalicaptioner's, in milliseconds", 0,
                            600000, 0, playing));
  gst_type_mark_as_plugin_api(mode_type(), static_cast<GstPluginAPIFlags>(0));
}

}  // namespace
}  // namespace dali

static void gst_dali_subtitle_bin_set_property(GObject* object, guint property, const GValue* value,
                                               GParamSpec* specification) {
  dali::no_exception_escapes(GST_ELEMENT(object), [&] {
    dali::SubtitleBranches& branches = dali::branches_of(object);
    if (property == dali::kMode) {
      branches.set_mode(static_cast<dali::SubtitleMode>(g_value_get_enum(value)));
      return;
    }
    g_object_set_property(G_OBJECT(branches.captioner()), specification->name, value);
    branches.size_queues();
  });
}

static void gst_dali_subtitle_bin_get_property(GObject* object, guint property, GValue* value,
                                               GParamSpec* specification) {
  dali::no_exception_escapes(GST_ELEMENT(object), [&] {
    const dali::SubtitleBranches& branches = dali::branches_of(object);
    if (property == dali::kMode) {
      g_value_set_enum(value, static_cast<int>(branches.mode()));
      return;
    }
    g_object_get_property(G_OBJECT(branches.captioner()), specification->name, value);
  });
}

static GstPad* gst_dali_subtitle_bin_request_new_pad(GstElement* element,
                                                     GstPadTemplate* sink_template,
                                                     const gchar* /*name*/,
                                                     const GstCaps* /*caps*/) {
  return dali::no_exception_escapes<GstPad*>(element, nullptr, [&] {
    const bool is_audio =
        std::strcmp(GST_PAD_TEMPLATE_NAME_TEMPLATE(sink_template), "audio_sink") == 0;
    return dali::branches_of(element).add(sink_template, is_audio);
  });
}

static void gst_dali_subtitle_bin_release_pad(GstElement* element, GstPad* pad) {
  dali::no_exception_escapes(element, [&] { dali::branches_of(element).remove(pad); });
}

static GstStateChangeReturn gst_dali_subtitle_bin_change_state(GstElement* element,
                                                               GstStateChange transition) {
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_dali_subtitle_bin_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    dali::no_exception_escapes(element, [&] { dali::branches_of(element).forget_streams(); });
  }
  return result;
}

static void gst_dali_subtitle_bin_dispose(GObject* object) {
  // While the elements are still there to give their pads back to.
  dali::no_exception_escapes(GST_ELEMENT(object), [&] { dali::branches_of(object).remove_all(); });
  G_OBJECT_CLASS(gst_dali_subtitle_bin_parent_class)->dispose(object);
}

static void gst_dali_subtitle_bin_finalize(GObject* object) {
  dali::branches_of(object).~SubtitleBranches();
  G_OBJECT_CLASS(gst_dali_subtitle_bin_parent_class)->finalize(object);
}

static void gst_dali_subtitle_bin_init(GstDaliSubtitleBin* self) {
  new (self->branches) dali::SubtitleBranches(GST_BIN(self));
}

static void gst_dali_subtitle_bin_class_init(GstDaliSubtitleBinClass* bin_class) {
  GObjectClass* object_class = G_OBJECT_CLASS(bin_class);
  object_class->set_property = gst_dali_subtitle_bin_set_property;
  object_class->get_property = gst_dali_subtitle_bin_get_property;
  object_class->dispose = gst_dali_subtitle_bin_dispose;
  object_class->finalize = gst_dali_subtitle_bin_finalize;
  dali::install_bin_properties(object_class);

  GstElementClass* element_class = GST_ELEMENT_CLASS(bin_class);
  element_class->request_new_pad = gst_dali_subtitle_bin_request_new_pad;
  element_class->release_pad = gst_dali_subtitle_bin_release_pad;
  element_class->change_state = gst_dali_subtitle_bin_change_state;
  dali::add_sink_template(element_class, "audio_sink", true);
  dali::add_sink_template(element_class, "video_sink", false);
  for (GstStaticPadTemplate* pad_template :
       {&dali::audio_src_template, &dali::video_src_template, &dali::text_src_template}) {
    gst_element_class_add_static_pad_template(element_class, pad_template);
  }
  gst_element_class_set_static_metadata(
      element_class, "DALI subtitle bin", "Filter/Analyzer/Audio/Video",
      "Describes what raw or encoded audio and video sounds and looks like, and sends both on in "
      "time with the captions: as text, as closed captions or in the pictures",
      "The gst-dali authors");
}
