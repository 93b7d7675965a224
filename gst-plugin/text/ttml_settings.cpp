// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/text/ttml_settings.h"

#include <string_view>

#include "gst-plugin/property_table.h"
#include "gst-plugin/text/text_shape_settings.h"

namespace dali {
namespace {

constexpr const char* kPreset = "preset";
constexpr const char* kColumns = "columns";
constexpr const char* kLines = "lines";

const PropertyTable<TtmlSettings>& ttml_properties() {
  using Settings = TtmlSettings;
  static const PropertyTable<Settings> table({
      {{kPreset, "Preset",
        "The broadcaster's guideline that the document's lines keep, as dalitextshape sets text."},
       property::choice(&Settings::preset, shape_preset_type()),
       Mutability::kReady},
      {{kColumns, "Columns",
        "The longest line, in columns. The size of letters is such that one fits the region."},
       property::count(&Settings::columns, 8, 200),
       Mutability::kReady},
      {{kLines, "Lines", "The most lines shown at once."},
       property::count(&Settings::lines, 1, 4),
       Mutability::kReady},
      {{"segment-duration", "Segment duration",
        "Milliseconds of the stream that a document is for. 0: one document, at the end of the "
        "stream."},
       property::milliseconds(&Settings::segment_ns, 0, 3600000),
       Mutability::kReady},
  });
  return table;
}

std::string_view name_of(guint property) {
  const auto* row = ttml_properties().row(property);
  return row ? row->title.name : "";
}

}  // namespace

void install_ttml_properties(GObjectClass* object_class) {
  ttml_properties().install(object_class);
}

bool set_ttml_setting(TtmlSettings& settings, guint property, const GValue* value) {
  if (!ttml_properties().set(settings, property, value)) return false;
  const std::string_view name = name_of(property);
  if (name == kPreset) {
    ShapeSettings shape;
    shape.columns = settings.columns;
    shape.lines = settings.lines;
    shape = preset_settings(settings.preset, shape);
    settings.columns = shape.columns;
    settings.lines = shape.lines;
  } else if (name == kColumns || name == kLines) {
    settings.preset = ShapePreset::kCustom;
  }
  return true;
}

bool get_ttml_setting(const TtmlSettings& settings, guint property, GValue* value) {
  return ttml_properties().get(settings, property, value);
}

void notify_of_other_ttml_settings(GObject* object, guint property) {
  const std::string_view name = name_of(property);
  if (name == kPreset) {
    g_object_notify(object, kColumns);
    g_object_notify(object, kLines);
  } else if (name == kColumns || name == kLines) {
    g_object_notify(object, kPreset);
  }
}

}  // namespace dali
