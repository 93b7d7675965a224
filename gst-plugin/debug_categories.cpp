// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/debug_categories.h"

namespace dali {
namespace {

GstDebugCategory* made(const char* name, guint color, const char* description) {
  GstDebugCategory* category = nullptr;
  GST_DEBUG_CATEGORY_INIT(category, name, color, description);
  return category;
}

GQuark category_quark() {
  return g_quark_from_static_string("dali-debug-category");
}

}  // namespace

GstDebugCategory* captioner_category() {
  static GstDebugCategory* const category =
      made("dalicaptioner", GST_DEBUG_FG_GREEN, "windows of sound and picture, and their captions");
  return category;
}

GstDebugCategory* transcriber_category() {
  static GstDebugCategory* const category =
      made("dalitranscriber", GST_DEBUG_FG_GREEN, "a captioner of sound with a transcriber's pads");
  return category;
}

GstDebugCategory* text_shape_category() {
  static GstDebugCategory* const category =
      made("dalitextshape", GST_DEBUG_FG_CYAN, "captions set on lines that can be read in time");
  return category;
}

GstDebugCategory* cea608_enc_category() {
  static GstDebugCategory* const category =
      made("dalicea608enc", GST_DEBUG_FG_CYAN, "captions as CEA-608 closed captions");
  return category;
}

GstDebugCategory* cea708_enc_category() {
  static GstDebugCategory* const category =
      made("dalicea708enc", GST_DEBUG_FG_CYAN, "captions as CEA-708 closed captions");
  return category;
}

GstDebugCategory* ttml_enc_category() {
  static GstDebugCategory* const category =
      made("dalittmlenc", GST_DEBUG_FG_CYAN, "captions as documents of TTML");
  return category;
}

GstDebugCategory* subtitle_bin_category() {
  static GstDebugCategory* const category =
      made("dalisubtitlebin", GST_DEBUG_FG_YELLOW, "sound and picture in time with their captions");
  return category;
}

GstDebugCategory* hls_sink_category() {
  static GstDebugCategory* const category =
      made("dalihlssink", GST_DEBUG_FG_YELLOW, "HTTP live streaming with captions");
  return category;
}

GstDebugCategory* describer_category() {
  static GstDebugCategory* const category =
      made("dalidescriber", GST_DEBUG_FG_CYAN, "captions spoken in the pauses of live sound");
  return category;
}

GstDebugCategory* model_category() {
  static GstDebugCategory* const category =
      made("dalimodel", GST_DEBUG_FG_MAGENTA, "the loading of models");
  return category;
}

void set_category(gpointer element_class, GstDebugCategory* category) {
  g_type_set_qdata(G_TYPE_FROM_CLASS(element_class), category_quark(), category);
}

GstDebugCategory* category_of(gpointer element) {
  gpointer category = g_type_get_qdata(G_OBJECT_TYPE(element), category_quark());
  return category ? static_cast<GstDebugCategory*>(category) : GST_CAT_DEFAULT;
}

GstDebugLevel level_of(GstEvent* event) {
  const GstEventType type = GST_EVENT_TYPE(event);
  const bool is_frequent = type == GST_EVENT_GAP || type == GST_EVENT_CUSTOM_DOWNSTREAM;
  return is_frequent ? GST_LEVEL_LOG : GST_LEVEL_DEBUG;
}

}  // namespace dali
