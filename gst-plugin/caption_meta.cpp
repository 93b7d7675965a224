// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/caption_meta.h"

#include <optional>
#include <string>
#include <vector>

#include "model/base/modality.h"

namespace dali {
namespace {

gboolean copy_field(GQuark field, const GValue* value, gpointer destination) {
  gst_structure_id_set_value(static_cast<GstStructure*>(destination), field, value);
  return TRUE;
}

// A caption stays true of a buffer whatever becomes of its memory, so every transform copies it.
gboolean copy_caption_meta(GstBuffer* to, GstCustomMeta* meta, GstBuffer* /*from*/, GQuark /*type*/,
                           gpointer /*data*/, gpointer /*user_data*/) {
  add_caption_meta(to, gst_custom_meta_get_structure(meta));
  return TRUE;
}

StructureHandle word_structure(const Decision& caption, const LocatedWord& word) {
  return StructureHandle(
      gst_structure_new("word", "text", G_TYPE_STRING, word.text.c_str(), "start", G_TYPE_UINT64,
                        static_cast<guint64>(time_of(caption, word.start_s)), "end", G_TYPE_UINT64,
                        static_cast<guint64>(time_of(caption, word.end_s)), nullptr));
}

StructureHandle weighed_structure(const WeighedSource& source) {
  return StructureHandle(gst_structure_new(
      "source", "name", G_TYPE_STRING, source.name.c_str(), "gain", G_TYPE_DOUBLE, source.gain,
      "off-screen", G_TYPE_BOOLEAN, static_cast<gboolean>(source.is_off_screen), nullptr));
}

void set_off_screen(GstStructure* structure, std::optional<bool> is_off_screen) {
  if (!is_off_screen) return;
  gst_structure_set(structure, "off-screen", G_TYPE_BOOLEAN, static_cast<gboolean>(*is_off_screen),
                    nullptr);
}

// A field of the structures that `structure_of` makes of the items; none of no items.
template <typename Item, typename StructureOf>
void take_list(GstStructure* structure, const char* field, const std::vector<Item>& items,
               const StructureOf& structure_of) {
  if (items.empty()) return;
  GValue list = G_VALUE_INIT;
  g_value_init(&list, GST_TYPE_LIST);
  for (const Item& item : items) {
    GValue value = G_VALUE_INIT;
    g_value_init(&value, GST_TYPE_STRUCTURE);
    g_value_take_boxed(&value, structure_of(item).release());
    gst_value_list_append_and_take_value(&list, &value);
  }
  gst_structure_take_value(structure, field, &list);
}

}  // namespace

void register_caption_meta() {
  static const bool is_registered = [] {
    const gchar* no_tags[] = {nullptr};
    gst_meta_register_custom(kCaptionMetaName, no_tags, copy_caption_meta, nullptr, nullptr);
    return true;
  }();
  static_cast<void>(is_registered);
}

StructureHandle caption_structure(const Decision& caption) {
  const std::string modality(to_string(caption.modality));
  StructureHandle structure(gst_structure_new(
      kCaptionMetaName, "text", G_TYPE_STRING, caption.text.c_str(), "start", G_TYPE_UINT64,
      static_cast<guint64>(caption.span.start_ns), "end", G_TYPE_UINT64,
      static_cast<guint64>(caption.span.end_ns), "window-id", G_TYPE_UINT64,
      static_cast<guint64>(caption.window_id), "mean-log-probability", G_TYPE_DOUBLE,
      caption.mean_log_probability, "modality", G_TYPE_STRING, modality.c_str(), "model",
      G_TYPE_STRING, caption.model_name.c_str(), "extends-last", G_TYPE_BOOLEAN,
      static_cast<gboolean>(caption.extends_last), nullptr));
  take_list(structure.get(), "words", caption.words,
            [&](const LocatedWord& word) { return word_structure(caption, word); });
  set_off_screen(structure.get(), caption.is_off_screen);
  take_list(structure.get(), "sources", caption.sources, weighed_structure);
  take_list(structure.get(), "events", caption.events, source_event_structure);
  return structure;
}

StructureHandle held_back_structure(const Decision& held_back) {
  StructureHandle structure = caption_structure(held_back);
  gst_structure_set_name(structure.get(), kHeldBackName);
  gst_structure_set(structure.get(), "reason", G_TYPE_STRING, held_back.reason.c_str(), nullptr);
  return structure;
}

StructureHandle source_event_structure(const SourceEvent& event) {
  StructureHandle structure(gst_structure_new(
      kSourceEventName, "event", G_TYPE_STRING, name_of(event.kind), "source", G_TYPE_UINT64,
      static_cast<guint64>(event.source), "name", G_TYPE_STRING, event.name.c_str(), "label",
      G_TYPE_STRING, event.label.c_str(), "time", G_TYPE_UINT64,
      static_cast<guint64>(event.time_ns), "start", G_TYPE_UINT64,
      static_cast<guint64>(event.start_ns), "known", G_TYPE_UINT64,
      static_cast<guint64>(event.known_ns), "confidence", G_TYPE_DOUBLE, event.confidence,
      "window-id", G_TYPE_UINT64, static_cast<guint64>(event.window_id), "announced",
      G_TYPE_BOOLEAN, static_cast<gboolean>(event.is_announced), nullptr));
  if (!event.reason.empty()) {
    gst_structure_set(structure.get(), "reason", G_TYPE_STRING, event.reason.c_str(), nullptr);
  }
  set_off_screen(structure.get(), event.is_off_screen);
  return structure;
}

void add_caption_meta(GstBuffer* buffer, const GstStructure* caption) {
  GstCustomMeta* meta = gst_buffer_add_custom_meta(buffer, kCaptionMetaName);
  if (!meta) return;
  gst_structure_foreach(caption, copy_field, gst_custom_meta_get_structure(meta));
}

}  // namespace dali
