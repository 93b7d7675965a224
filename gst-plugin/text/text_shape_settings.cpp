// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/text/text_shape_settings.h"

#include <string_view>

#include "gst-plugin/property_table.h"

namespace dali {
namespace {

constexpr const char* kPreset = "preset";
constexpr const char* kMaxDelay = "max-delay";
constexpr const char* kOffScreenLabel = "off-screen-label";

GType label_style_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(LabelStyle::kPlain), "As the text comes", "plain"},
      {static_cast<int>(LabelStyle::kBrackets), "[a dog barks]", "brackets"},
      {static_cast<int>(LabelStyle::kCaps), "A DOG BARKS", "caps"},
      {0, nullptr, nullptr}};
  static const GType type = register_choices("GstDaliLabelStyle", values);
  return type;
}

GType off_screen_style_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(OffScreenStyle::kPlain), "As any other", "plain"},
      {static_cast<int>(OffScreenStyle::kItalics),
       "In italics where what is downstream prefers markup, else with the label", "italics"},
      {static_cast<int>(OffScreenStyle::kLabel), "With the label behind it", "label"},
      {0, nullptr, nullptr}};
  static const GType type = register_choices("GstDaliOffScreenStyle", values);
  return type;
}

const PropertyTable<TextShapeSettings>& preset_properties() {
  using Settings = TextShapeSettings;
  static const PropertyTable<Settings> table({
      {{kPreset, "Preset",
        "The broadcaster's guideline by which all other properties but max-delay and "
        "off-screen-label are set."},
       property::choice(&Settings::preset, shape_preset_type()),
       Mutability::kPlaying},
  });
  return table;
}

const PropertyTable<ShapeSettings>& shape_properties() {
  using Settings = ShapeSettings;
  constexpr guint kMostMs = 60000;
  constexpr auto kPlaying = Mutability::kPlaying;
  static const PropertyTable<Settings> table(
      {
          {{"columns", "Columns",
            "The longest line, in columns, of which an ideograph or an emoji takes two."},
           property::count(&Settings::columns, 8, 200),
           kPlaying},
          {{"lines", "Lines", "The most lines shown at once."},
           property::count(&Settings::lines, 1, 4),
           kPlaying},
          {{"reading-speed", "Reading speed", "The most characters shown a second."},
           property::count(&Settings::characters_per_second, 5, 100),
           kPlaying},
          {{"min-duration", "Minimum duration",
            "The shortest time that text is shown, in milliseconds. It goes before max-duration."},
           property::milliseconds(&Settings::min_duration_ns, 0, kMostMs),
           kPlaying},
          {{"max-duration", "Maximum duration",
            "The longest time that text is shown, in milliseconds."},
           property::milliseconds(&Settings::max_duration_ns, 1000, kMostMs),
           kPlaying},
          {{"min-gap", "Minimum gap",
            "The shortest time without text between two texts, in milliseconds."},
           property::milliseconds(&Settings::min_gap_ns, 0, kMostMs),
           kPlaying},
          {{"follow-at-once", "Follow at once",
            "Whether text that is due already when the last one ends follows it without the gap."},
           property::flag(&Settings::may_follow_at_once),
           kPlaying},
          {{kMaxDelay, "Maximum delay",
            "How long after the end of its sound a caption may still be shown, in milliseconds. "
            "What takes longer is shortened."},
           property::milliseconds(&Settings::max_delay_ns, 0, kMostMs),
           kPlaying},
          {{"label-style", "Label style", "How text shows that it describes sounds."},
           property::choice(&Settings::label_style, label_style_type()),
           kPlaying},
          {{"off-screen-style", "Off-screen style",
            "How captions show that what they name is heard and not seen, where dalicaptioner says "
            "so in their metadata."},
           property::choice(&Settings::off_screen_style, off_screen_style_type()),
           kPlaying},
          {{kOffScreenLabel, "Off-screen label",
            "What stands behind a caption of what is heard and not seen."},
           property::text(&Settings::off_screen_label),
           kPlaying},
      },
      preset_properties().end_id());
  return table;
}

// What no preset sets.
bool is_beside_presets(const PropertyRow<ShapeSettings>& row) {
  const std::string_view name = row.title.name;
  return name == kMaxDelay || name == kOffScreenLabel;
}

}  // namespace

GType shape_preset_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(ShapePreset::kCustom), "What the other properties say", "custom"},
      {static_cast<int>(ShapePreset::kBbc), "BBC: 37 columns, 2 lines, capitals", "bbc"},
      {static_cast<int>(ShapePreset::kNetflix), "Netflix: 42 columns, 2 lines, brackets",
       "netflix"},
      {0, nullptr, nullptr}};
  static const GType type = register_choices("GstDaliShapePreset", values);
  return type;
}

void install_text_shape_properties(GObjectClass* object_class) {
  preset_properties().install(object_class);
  shape_properties().install(object_class);
}

bool set_text_shape_setting(TextShapeSettings& settings, guint property, const GValue* value) {
  if (preset_properties().set(settings, property, value)) {
    settings.shape = preset_settings(settings.preset, settings.shape);
    return true;
  }
  if (!shape_properties().set(settings.shape, property, value)) return false;
  if (!is_beside_presets(*shape_properties().row(property))) settings.preset = ShapePreset::kCustom;
  return true;
}

bool get_text_shape_setting(const TextShapeSettings& settings, guint property, GValue* value) {
  return preset_properties().get(settings, property, value) ||
         shape_properties().get(settings.shape, property, value);
}

void notify_of_others(GObject* object, guint property) {
  if (const auto* shape = shape_properties().row(property)) {
    if (!is_beside_presets(*shape)) g_object_notify(object, kPreset);
    return;
  }
  for (const PropertyRow<ShapeSettings>& shape : shape_properties().rows()) {
    if (!is_beside_presets(shape)) g_object_notify(object, shape.title.name);
  }
}

}  // namespace dali
