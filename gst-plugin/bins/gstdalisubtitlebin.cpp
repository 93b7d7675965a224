// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/bins/gstdalisubtitlebin.h"

#include <cstring>
#include <new>
#include <vector>

#include "gst-plugin/captioner/captioner_pads.h"
#include "gst-plugin/captioner/captioner_properties.h"
#include "gst-plugin/debug_categories.h"
#include "gst-plugin/decodable_caps.h"
#include "gst-plugin/exception_barrier.h"
#include "gst-plugin/property_table.h"

#define GST_CAT_DEFAULT dali::subtitle_bin_category()

G_DEFINE_FINAL_TYPE(GstDaliSubtitleBin, gst_dali_subtitle_bin, GST_TYPE_BIN)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(dalisubtitlebin, "dalisubtitlebin", GST_RANK_NONE,
                                      GST_TYPE_DALI_SUBTITLE_BIN, dali::subtitle_bin_category())

namespace dali {
namespace {

GstStaticPadTemplate audio_src_template =
    GST_STATIC_PAD_TEMPLATE("audio_src", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS_ANY);
GstStaticPadTemplate video_src_template =
    GST_STATIC_PAD_TEMPLATE("video_src", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS_ANY);
GstStaticPadTemplate text_src_template =
    GST_STATIC_PAD_TEMPLATE("text_src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kTextCaps));

GType mode_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(SubtitleMode::kText), "As text, on text_src", "text"},
      {static_cast<int>(SubtitleMode::kCea608), "As CEA-608 closed captions of the pictures",
       "cea608"},
      {static_cast<int>(SubtitleMode::kCea708),
       "As CEA-708 closed captions of the pictures, with CEA-608 beside them", "cea708"},
      {static_cast<int>(SubtitleMode::kBurnIn), "In the pictures", "burn-in"},
      {0, nullptr, nullptr}};
  static const GType type = register_choices("GstDaliSubtitleMode", values);
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

const PropertyTable<SubtitleSettings>& bin_properties() {
  static const PropertyTable<SubtitleSettings> table({
      {{"mode", "Mode",
        "How the captions leave the bin, for pads that are asked for afterwards. text_src has them "
        "as text in any mode."},
       property::choice(&SubtitleSettings::mode, mode_type()),
       Mutability::kUnsaid},
  });
  return table;
}

const std::vector<ShownProperty>& shown_properties() {
  static const std::vector<ShownProperty> shown = {
      {.name_inside = "model", .mutability = Mutability::kUnsaid},
      {.name_inside = "window"},
      {.name_inside = "window-cuts"},
      {.name_inside = "shortest-window"},
      {.name_inside = "picture-at"},
      {.name_inside = "off-screen"},
      {.name_inside = "detail"},
      {.name_inside = "latency"},
      {.name_inside = "lateness"},
  };
  return shown;
}

}  // namespace
}  // namespace dali

static void gst_dali_subtitle_bin_set_property(GObject* object, guint property, const GValue* value,
                                               GParamSpec* specification) {
  dali::no_exception_escapes(GST_ELEMENT(object), [&] {
    dali::SubtitleBranches& branches = dali::branches_of(object);
    dali::SubtitleSettings settings = branches.settings();
    if (dali::bin_properties().set(settings, property, value)) {
      branches.set_settings(settings);
    } else if (!dali::set_shown(dali::shown_properties(), branches.captioner(), specification->name,
                                value)) {
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
    }
  });
}

static void gst_dali_subtitle_bin_get_property(GObject* object, guint property, GValue* value,
                                               GParamSpec* specification) {
  dali::no_exception_escapes(GST_ELEMENT(object), [&] {
    const dali::SubtitleBranches& branches = dali::branches_of(object);
    if (dali::bin_properties().get(branches.settings(), property, value)) return;
    if (dali::get_shown(dali::shown_properties(), branches.captioner(), specification->name,
                        value)) {
      return;
    }
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
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
  dali::bin_properties().install(object_class);
  dali::install_shown(object_class, dali::shown_properties(), dali::captioner_properties(),
                      dali::bin_properties().end_id());

  GstElementClass* element_class = GST_ELEMENT_CLASS(bin_class);
  dali::set_category(element_class, dali::subtitle_bin_category());
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
