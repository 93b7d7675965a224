// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/text_buffers.h"

#include <algorithm>

#include "gst-plugin/caption_meta.h"

namespace dali {
namespace {

// So that times can be added without overflow, as signed numbers too: a hundred years.
constexpr GstClockTime kLongestTime = GST_SECOND * 60 * 60 * 24 * 365 * 100;

void append_text(GMarkupParseContext* /*context*/, const gchar* text, gsize size, gpointer plain,
                 GError** /*error*/) {
  static_cast<std::string*>(plain)->append(text, size);
}

std::string without_markup(const std::string& markup) {
  // The root that Pango's markup goes without.
  const std::string document = "<markup>" + markup + "</markup>";
  constexpr GMarkupParser kTextAlone = {nullptr, nullptr, append_text, nullptr, nullptr};
  std::string plain;
  GMarkupParseContext* context =
      g_markup_parse_context_new(&kTextAlone, static_cast<GMarkupParseFlags>(0), &plain, nullptr);
  const bool is_markup = g_markup_parse_context_parse(
      context, document.data(), static_cast<gssize>(document.size()), nullptr);
  g_markup_parse_context_free(context);
  return is_markup ? plain : markup;
}

}  // namespace

TextFormat format_of_caps(GstEvent* caps) {
  GstCaps* parsed = nullptr;
  gst_event_parse_caps(caps, &parsed);
  const GstStructure* structure = gst_caps_get_structure(parsed, 0);
  return g_strcmp0(gst_structure_get_string(structure, "format"), "utf8") == 0
             ? TextFormat::kUtf8
             : TextFormat::kMarkup;
}

std::string text_of(GstBuffer* buffer, TextFormat format) {
  std::string text(gst_buffer_get_size(buffer), '\0');
  gst_buffer_extract(buffer, 0, text.data(), text.size());
  while (text.ends_with('\0')) text.pop_back();
  return format == TextFormat::kMarkup ? without_markup(text) : text;
}

bool is_off_screen(GstBuffer* buffer) {
  GstCustomMeta* meta = gst_buffer_get_custom_meta(buffer, kCaptionMetaName);
  gboolean is_off_screen = FALSE;
  return meta &&
         gst_structure_get_boolean(gst_custom_meta_get_structure(meta), "off-screen",
                                   &is_off_screen) &&
         is_off_screen;
}

TimeSpan time_of(const GstBuffer* buffer, GstClockTime otherwise) {
  TimeSpan time;
  time.start =
      std::min(GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) : otherwise, kLongestTime);
  const GstClockTime duration =
      GST_BUFFER_DURATION_IS_VALID(buffer) ? GST_BUFFER_DURATION(buffer) : 0;
  time.end = time.start + std::min(duration, kLongestTime);
  return time;
}

}  // namespace dali
