// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "gst-plugin/property_table.h"
#include "media/describing/voice_command.h"

namespace dali {

struct DescriberSettings {
  std::string voice = "en";
  std::string voice_command = kDefaultVoiceCommand;
  guint words_a_minute = 160;
  guint max_wait_ms = 5000;
  double pause_below_lu = 15.0;
  double ducking_db = 12.0;
};

// The properties of dalidescriber, which it reads from READY to PAUSED.
const PropertyTable<DescriberSettings>& describer_properties();

}  // namespace dali
