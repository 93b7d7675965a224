// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "gst-plugin/property_table.h"
#include "gst-plugin/typesetting/cea608_encoder.h"

namespace dali {

// The properties of dalicea608enc, which it reads from READY to PAUSED. `frame_ns` is none of them.
const PropertyTable<Cea608Settings>& cea608_properties();
// The same, of an element whose captions CEA-708 has as well.
const PropertyTable<Cea608Settings>& cea708_properties();

}  // namespace dali
