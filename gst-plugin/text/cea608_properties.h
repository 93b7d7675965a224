// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <glib-object.h>

#include "gst-plugin/typesetting/cea608_encoder.h"

namespace dali {

// The properties of dalicea608enc, which it reads from READY to PAUSED. Guarded by its object lock;
// `frame_ns` is none of them.
void install_cea608_properties(GObjectClass* object_class);

// Both with the object lock held. False for an unknown property.
bool set_cea608_setting(Cea608Settings& settings, guint property, const GValue* value);
bool get_cea608_setting(const Cea608Settings& settings, guint property, GValue* value);

}  // namespace dali
