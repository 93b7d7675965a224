// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <glib-object.h>

#include "gst-plugin/typesetting/shape_presets.h"
#include "gst-plugin/typesetting/text_shaper.h"

namespace dali {

// The properties of dalitextshape. Guarded by the element's object lock.
struct TextShapeSettings {
  ShapePreset preset = ShapePreset::kCustom;
  ShapeSettings shape;
};

GType shape_preset_type();  // an enumeration of ShapePreset

void install_text_shape_properties(GObjectClass* object_class);

// Both with the object lock held. False for an unknown property. A preset sets all of `shape` but
// the longest delay and the label; whoever changes one of them afterwards has a custom preset.
bool set_text_shape_setting(TextShapeSettings& settings, guint property, const GValue* value);
bool get_text_shape_setting(const TextShapeSettings& settings, guint property, GValue* value);

// Tells the listeners of every property that a change of `property` changes too. Without any lock.
void notify_of_others(GObject* object, guint property);

}  // namespace dali
