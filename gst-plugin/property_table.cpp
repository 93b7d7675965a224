// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/property_table.h"

#include <algorithm>

namespace dali {
namespace {

constexpr std::int64_t kMillisecondNs = 1'000'000;

const ShownProperty* find_shown(const std::vector<ShownProperty>& shown, std::string_view name) {
  const auto found = std::find_if(shown.begin(), shown.end(),
                                  [&](const auto& property) { return property.name == name; });
  return found == shown.end() ? nullptr : &*found;
}

}  // namespace

GParamFlags flags_of(Mutability mutability) {
  const int readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const int writable = readable | G_PARAM_WRITABLE;
  switch (mutability) {
    case Mutability::kUnsaid:
      break;
    case Mutability::kReady:
      return static_cast<GParamFlags>(writable | GST_PARAM_MUTABLE_READY);
    case Mutability::kPlaying:
      return static_cast<GParamFlags>(writable | GST_PARAM_MUTABLE_PLAYING);
    case Mutability::kNever:
      return static_cast<GParamFlags>(readable);
  }
  return static_cast<GParamFlags>(writable);
}

bool set_shown(const std::vector<ShownProperty>& shown, gpointer inside, const char* name,
               const GValue* value) {
  const ShownProperty* property = find_shown(shown, name);
  if (property) g_object_set_property(G_OBJECT(inside), property->name_inside, value);
  return property != nullptr;
}

bool get_shown(const std::vector<ShownProperty>& shown, gpointer inside, const char* name,
               GValue* value) {
  const ShownProperty* property = find_shown(shown, name);
  if (property) g_object_get_property(G_OBJECT(inside), property->name_inside, value);
  return property != nullptr;
}

GType register_choices(const char* type_name, const GEnumValue* values) {
  const GType type = g_enum_register_static(type_name, values);
  gst_type_mark_as_plugin_api(type, static_cast<GstPluginAPIFlags>(0));
  return type;
}

namespace property {

GParamSpec* TextKind::specify(const PropertyTitle& title, const Value& initial,
                              GParamFlags flags) const {
  return g_param_spec_string(title.name, title.nick, title.blurb,
                             initial.empty() ? nullptr : initial.c_str(), flags);
}

std::string TextKind::read(const GValue* value) {
  const gchar* text = g_value_get_string(value);
  return text ? text : "";
}

void TextKind::write(GValue* value, const Value& text) {
  g_value_set_string(value, text.empty() ? nullptr : text.c_str());
}

GParamSpec* CountKind::specify(const PropertyTitle& title, Value initial, GParamFlags flags) const {
  return g_param_spec_uint(title.name, title.nick, title.blurb, least, most, initial, flags);
}

GParamSpec* LongCountKind::specify(const PropertyTitle& title, Value initial,
                                   GParamFlags flags) const {
  return g_param_spec_uint64(title.name, title.nick, title.blurb, least, most, initial, flags);
}

GParamSpec* RealKind::specify(const PropertyTitle& title, Value initial, GParamFlags flags) const {
  return g_param_spec_double(title.name, title.nick, title.blurb, least, most, initial, flags);
}

GParamSpec* FlagKind::specify(const PropertyTitle& title, Value initial, GParamFlags flags) const {
  return g_param_spec_boolean(title.name, title.nick, title.blurb, initial, flags);
}

GParamSpec* ChoiceKind::specify(const PropertyTitle& title, Value initial,
                                GParamFlags flags) const {
  return g_param_spec_enum(title.name, title.nick, title.blurb, type, initial, flags);
}

GParamSpec* MillisecondsKind::specify(const PropertyTitle& title, Value initial,
                                      GParamFlags flags) const {
  return g_param_spec_uint(title.name, title.nick, title.blurb, least_ms, most_ms,
                           static_cast<guint>(initial / kMillisecondNs), flags);
}

std::int64_t MillisecondsKind::read(const GValue* value) {
  return g_value_get_uint(value) * kMillisecondNs;
}

void MillisecondsKind::write(GValue* value, Value time_ns) {
  g_value_set_uint(value, static_cast<guint>(time_ns / kMillisecondNs));
}

GParamSpec* StructureKind::specify(const PropertyTitle& title, const Value& /*initial*/,
                                   GParamFlags flags) const {
  return g_param_spec_boxed(title.name, title.nick, title.blurb, GST_TYPE_STRUCTURE, flags);
}

StructureHandle StructureKind::read(const GValue* value) {
  const GstStructure* structure = gst_value_get_structure(value);
  return StructureHandle(structure ? gst_structure_copy(structure) : nullptr);
}

void StructureKind::write(GValue* value, const Value& structure) {
  gst_value_set_structure(value, structure.get());
}

}  // namespace property
}  // namespace dali
