// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/program_log.h"

#include <cstdio>
#include <string>
#include <string_view>

namespace dali {
namespace {

// "dalicaptioner0" of an element, "dalicaptioner0:text_src" of a pad.
std::string name_of(GObject* object) {
  if (object == nullptr || !GST_IS_OBJECT(object) || GST_OBJECT_NAME(object) == nullptr) return "";
  const std::string name = GST_OBJECT_NAME(object);
  if (!GST_IS_PAD(object)) return name;
  // Without the lock, as GStreamer's own lines: whoever logs may hold it.
  const GstObject* parent = GST_OBJECT_PARENT(object);
  return parent != nullptr ? std::string(GST_OBJECT_NAME(parent)) + ":" + name : name;
}

void tell(GstDebugCategory* category, GstDebugLevel level, const gchar*, const gchar*, gint,
          GObject* object, GstDebugMessage* message, gpointer) {
  if (level > gst_debug_category_get_threshold(category)) return;
  const std::string_view category_name = gst_debug_category_get_name(category);
  const std::string name = name_of(object);
  const std::string_view who = name.empty() ? category_name : std::string_view(name);
  std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(who.size()), who.data(),
               gst_debug_message_get(message));
}

}  // namespace

GstDebugCategory* program_category() {
  static GstDebugCategory* const category = [] {
    GstDebugCategory* made = nullptr;
    GST_DEBUG_CATEGORY_INIT(made, "dali-caption", 0, "what dali-caption decides");
    return made;
  }();
  return category;
}

void begin_program_log(Verbosity verbosity) {
  program_category();  // for who sets GST_DEBUG alone
  if (verbosity == Verbosity::kNone || g_getenv("GST_DEBUG") != nullptr) return;
  gst_debug_remove_log_function(gst_debug_log_default);
  gst_debug_add_log_function(tell, nullptr, nullptr);
  gst_debug_set_threshold_for_name(
      "dali*", verbosity == Verbosity::kDecisions ? GST_LEVEL_INFO : GST_LEVEL_DEBUG);
}

}  // namespace dali
