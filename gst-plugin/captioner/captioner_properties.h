// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "gst-plugin/captioner/captioner_settings.h"
#include "gst-plugin/gst_handles.h"
#include "gst-plugin/property_table.h"
#include "gst-plugin/session/session_stats.h"

namespace dali {

// What dalicaptioner says of its work: its properties that nobody can set.
struct CaptionerReadings {
  StructureHandle stats;
  guint max_observed_delay_ms = 0;
  std::string contradiction;  // as contradiction() has it
};

// The properties of dalicaptioner; their numbers follow each other. Any thread.
const PropertyTable<CaptionerSettings>& captioner_properties();
const PropertyTable<CaptionerReadings>& captioner_readings();

// The property "stats".
StructureHandle stats_structure(const SessionStats& stats, std::int64_t load_ns,
                                const std::string& precision);

}  // namespace dali
