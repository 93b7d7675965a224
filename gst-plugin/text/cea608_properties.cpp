// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/text/cea608_properties.h"

#include <gst/gst.h>

namespace dali {
namespace {

enum Property : guint { kMode = 1, kChannel, kRow };

GType mode_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Cea608Mode::kRollUp2), "Lines roll up through 2 rows", "roll-up2"},
      {static_cast<int>(Cea608Mode::kRollUp3), "Lines roll up through 3 rows", "roll-up3"},
      {static_cast<int>(Cea608Mode::kRollUp4), "Lines roll up through 4 rows", "roll-up4"},
      {static_cast<int>(Cea608Mode::kPopOn), "Captions appear as a whole", "pop-on"},
      {static_cast<int>(Cea608Mode::kPaintOn), "Captions are written in place", "paint-on"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstDaliCea608Mode", values);
  return type;
}

GType channel_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Cea608Channel::kCc1), "CC1, in the first field", "cc1"},
      {static_cast<int>(Cea608Channel::kCc2), "CC2, in the first field", "cc2"},
      {static_cast<int>(Cea608Channel::kCc3), "CC3, in the second field", "cc3"},
      {static_cast<int>(Cea608Channel::kCc4), "CC4, in the second field", "cc4"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstDaliCea608Channel", values);
  return type;
}

}  // namespace

void install_cea608_properties(GObjectClass* object_class) {
  const auto flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                              GST_PARAM_MUTABLE_READY);
  const Cea608Settings defaults;
  g_object_class_install_property(
      object_class, kMode,
      g_param_spec_enum("mode", "Mode",
                        "How captions come onto the screen. pop-on sends them before they show, so "
                        "it adds 2 s to the latency",
                        mode_type(), static_cast<int>(defaults.mode), flags));
  g_object_class_install_property(
      object_class, kChannel,
      g_param_spec_enum("channel", "Channel",
                        "The channel of captions. CC3 and CC4 need format=s334-1a downstream",
                        channel_type(), static_cast<int>(defaults.channel), flags));
  g_object_class_install_property(
      object_class, kRow,
      g_param_spec_uint("row", "Row", "The row of the lowest line; 15 is the screen's last", 4,
                        kCea608Rows, static_cast<guint>(defaults.row), flags));
  gst_type_mark_as_plugin_api(mode_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(channel_type(), static_cast<GstPluginAPIFlags>(0));
}

bool set_cea608_setting(Cea608Settings& settings, guint property, const GValue* value) {
  switch (property) {
    case kMode:
      settings.mode = static_cast<Cea608Mode>(g_value_get_enum(value));
      return true;
    case kChannel:
      settings.channel = static_cast<Cea608Channel>(g_value_get_enum(value));
      return true;
    case kRow:
      settings.row = static_cast<int>(g_value_get_uint(value));
      return true;
    default:
      return false;
  }
}

bool get_cea608_setting(const Cea608Settings& settings, guint property, GValue* value) {
  switch (property) {
    case kMode:
      g_value_set_enum(value, static_cast<int>(settings.mode));
      return true;
    case kChannel:
      g_value_set_enum(value, static_cast<int>(settings.channel));
      return true;
    case kRow:
      g_value_set_uint(value, static_cast<guint>(settings.row));
      return true;
    default:
      return false;
  }
}

}  // namespace dali
