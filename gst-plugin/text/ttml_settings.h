// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <glib-object.h>

#include <cstdint>

#include "gst-plugin/typesetting/shape_presets.h"

namespace dali {

// The properties of dalittmlenc. Guarded by the element's object lock.
struct TtmlSettings {
  ShapePreset preset = ShapePreset::kBbc;
  int columns = 37;
  int lines = 2;
  std::int64_t segment_ns = 0;  // 0: one document for all
};

void install_ttml_properties(GObjectClass* object_class);

// Both with the object lock held. False for an unknown property. A preset sets columns and lines;
// whoever changes one of them afterwards has a custom preset.
bool set_ttml_setting(TtmlSettings& settings, guint property, const GValue* value);
bool get_ttml_setting(const TtmlSettings& settings, guint property, GValue* value);

// Tells the listeners of every property that a change of `property` changes too. Without any lock.
void notify_of_other_ttml_settings(GObject* object, guint property);

}  // namespace dali
