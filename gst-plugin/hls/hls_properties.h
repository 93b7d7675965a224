// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "gst-plugin/gst_handles.h"
#include "gst-plugin/property_table.h"
#include "gst-plugin/streaming/hls_settings.h"

namespace dali {

// The properties of dalihlssink, which it reads from READY to PAUSED.
const PropertyTable<HlsSettings>& hls_properties();

struct HlsReadings {
  StructureHandle stats;
};
const PropertyTable<HlsReadings>& hls_readings();

}  // namespace dali
