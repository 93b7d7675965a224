// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace dali {

// All elements that there are, for the plugin, or for this process alone when it is null. False if
// GStreamer refuses one.
bool register_elements(GstPlugin* plugin);

}  // namespace dali
