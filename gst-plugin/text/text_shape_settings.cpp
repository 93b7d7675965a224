// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/text/text_shape_settings.h"

#include <gst/gst.h>

#include <array>

namespace dali {
namespace {

enum Property : guint {
  kPreset = 1,
  kColumns,
  kLines,
  kReadingSpeed,
  kMinDuration,
  kMaxDuration,
  kMinGap,
  kFollowAtOnce,
  kMaxDelay,
  kLabelStyle,
};

constexpr std::array kPresetProperties = {"columns",      "lines",          "reading-speed",
                                          "min-duration", "max-duration",   "min-gap",
                                          "label-style",  "follow-at-once", "preset"};

constexpr std::int64_t kMillisecondNs = 1'000'000;

GType preset_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(ShapePreset::kCustom), "What the other properties say", "custom"},
      {static_cast<int>(ShapePreset::kBbc), "BBC: 37 columns, 2 lines, capitals", "bbc"},
      {static_cast<int>(ShapePreset::kNetflix), "Netflix: 42 columns, 2 lines, brackets",
       "netflix"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstDaliShapePreset", values);
  return type;
}

GType label_style_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(LabelStyle::kPlain), "As the text comes", "plain"},
      {static_cast<int>(LabelStyle::kBrackets), "[a dog barks]", "brackets"},
      {static_cast<int>(LabelStyle::kCaps), "A DOG BARKS", "caps"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstDaliLabelStyle", values);
  return type;
}

ShapeSettings preset_settings(ShapePreset preset, ShapeSettings settings) {
  switch (preset) {
    case ShapePreset::kCustom:
      break;
    case ShapePreset::kBbc:
      settings.columns = 37;
      settings.lines = 2;
      settings.characters_per_second = 15;  // 180 words a minute
      settings.min_duration_ns = 1000 * kMillisecondNs;
      settings.max_duration_ns = 7000 * kMillisecondNs;
      settings.min_gap_ns = 1000 * kMillisecondNs;
      settings.may_follow_at_once = true;
      settings.label_style = LabelStyle::kCaps;
      break;
    case ShapePreset::kNetflix:
      settings.columns = 42;
      settings.lines = 2;
      settings.characters_per_second = 17;
      settings.min_duration_ns = 834 * kMillisecondNs;  // 5/6 s
      settings.max_duration_ns = 7000 * kMillisecondNs;
      settings.min_gap_ns = 84 * kMillisecondNs;  // two frames of cinema
      settings.may_follow_at_once = false;
      settings.label_style = LabelStyle::kBrackets;
      break;
  }
  return settings;
}

std::int64_t nanoseconds(const GValue* milliseconds) {
  return g_value_get_uint(milliseconds) * kMillisecondNs;
}

guint milliseconds(std::int64_t time_ns) {
  return static_cast<guint>(time_ns / kMillisecondNs);
}

bool set_shape(ShapeSettings& shape, guint property, const GValue* value) {
  switch (property) {
    case kColumns:
      shape.columns = static_cast<int>(g_value_get_uint(value));
      return true;
    case kLines:
      shape.lines = static_cast<int>(g_value_get_uint(value));
      return true;
    case kReadingSpeed:
      shape.characters_per_second = static_cast<int>(g_value_get_uint(value));
      return true;
    case kMinDuration:
      shape.min_duration_ns = nanoseconds(value);
      return true;
    case kMaxDuration:
      shape.max_duration_ns = nanoseconds(value);
      return true;
    case kMinGap:
      shape.min_gap_ns = nanoseconds(value);
      return true;
    case kFollowAtOnce:
      shape.may_follow_at_once = g_value_get_boolean(value);
      return true;
    case kLabelStyle:
      shape.label_style = static_cast<LabelStyle>(g_value_get_enum(value));
      return true;
    default:
      return false;
  }
}

}  // namespace

void install_text_shape_properties(GObjectClass* object_class) {
  const auto flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                              GST_PARAM_MUTABLE_PLAYING);
  const ShapeSettings defaults;
  const auto install = [object_class](guint property, GParamSpec* specification) {
    g_object_class_install_property(object_class, property, specification);
  };
  const auto install_count = [&](guint property, const char* name, const char* nick,
                                 const char* blurb, guint least, guint most, int value) {
    install(property,
            g_param_spec_uint(name, nick, blurb, least, most, static_cast<guint>(value), flags));
  };
  const auto install_time = [&](guint property, const char* name, const char* nick,
                                const char* blurb, guint least_ms, std::int64_t value_ns) {
    constexpr guint kMostMs = 60000;
    install(property,
            g_param_spec_uint(name, nick, blurb, least_ms, kMostMs, milliseconds(value_ns), flags));
  };
  install(kPreset,
          g_param_spec_enum("preset", "Preset",
                            "Sets all other properties but max-delay by a broadcaster's guideline",
                            preset_type(), static_cast<int>(ShapePreset::kCustom), flags));
  install_count(kColumns, "columns", "Columns",
                "The longest line, in columns; an ideograph or an emoji takes two", 8, 200,
                defaults.columns);
  install_count(kLines, "lines", "Lines", "The most lines shown at once", 1, 4, defaults.lines);
  install_count(kReadingSpeed, "reading-speed", "Reading speed",
                "The most characters shown a second", 5, 100, defaults.characters_per_second);
  install_time(kMinDuration, "min-duration", "Minimum duration",
               "The shortest time that text is shown, in milliseconds; goes before max-duration", 0,
               defaults.min_duration_ns);
  install_time(kMaxDuration, "max-duration", "Maximum duration",
               "The longest time that text is shown, in milliseconds", 1000,
               defaults.max_duration_ns);
  install_time(kMinGap, "min-gap", "Minimum gap",
               "The shortest time without text between two texts, in milliseconds", 0,
               defaults.min_gap_ns);
  install(kFollowAtOnce,
          g_param_spec_boolean("follow-at-once", "Follow at once",
                               "Whether text that is due already when the last one ends follows it "
                               "without the gap",
                               defaults.may_follow_at_once, flags));
  install_time(kMaxDelay, "max-delay", "Maximum delay",
               "How long after the end of its sound a caption may still be shown, in milliseconds; "
               "what takes longer is shortened",
               0, defaults.max_delay_ns);
  install(kLabelStyle,
          g_param_spec_enum("label-style", "Label style", "How text shows that it describes sounds",
                            label_style_type(), static_cast<int>(defaults.label_style), flags));
  gst_type_mark_as_plugin_api(preset_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(label_style_type(), static_cast<GstPluginAPIFlags>(0));
}

bool set_text_shape_setting(TextShapeSettings& settings, guint property, const GValue* value) {
  if (property == kPreset) {
    settings.preset = static_cast<ShapePreset>(g_value_get_enum(value));
    settings.shape = preset_settings(settings.preset, settings.shape);
    return true;
  }
  if (property == kMaxDelay) {
    settings.shape.max_delay_ns = nanoseconds(value);
    return true;
  }
  if (!set_shape(settings.shape, property, value)) return false;
  settings.preset = ShapePreset::kCustom;
  return true;
}

bool get_text_shape_setting(const TextShapeSettings& settings, guint property, GValue* value) {
  const ShapeSettings& shape = settings.shape;
  switch (property) {
    case kPreset:
      g_value_set_enum(value, static_cast<int>(settings.preset));
      return true;
    case kColumns:
      g_value_set_uint(value, static_cast<guint>(shape.columns));
      return true;
    case kLines:
      g_value_set_uint(value, static_cast<guint>(shape.lines));
      return true;
    case kReadingSpeed:
      g_value_set_uint(value, static_cast<guint>(shape.characters_per_second));
      return true;
    case kMinDuration:
      g_value_set_uint(value, milliseconds(shape.min_duration_ns));
      return true;
    case kMaxDuration:
      g_value_set_uint(value, milliseconds(shape.max_duration_ns));
      return true;
    case kMinGap:
      g_value_set_uint(value, milliseconds(shape.min_gap_ns));
      return true;
    case kFollowAtOnce:
      g_value_set_boolean(value, shape.may_follow_at_once);
      return true;
    case kMaxDelay:
      g_value_set_uint(value, milliseconds(shape.max_delay_ns));
      return true;
    case kLabelStyle:
      g_value_set_enum(value, static_cast<int>(shape.label_style));
      return true;
    default:
      return false;
  }
}

void notify_of_others(GObject* object, guint property) {
  if (property == kMaxDelay) return;
  if (property != kPreset) {
    g_object_notify(object, "preset");
    return;
  }
  for (const char* name : kPresetProperties) g_object_notify(object, name);
}

}  // namespace dali
