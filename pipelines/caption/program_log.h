// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include "pipelines/caption/verbosity.h"

namespace dali {

// The category of GST_DEBUG that dali-caption tells of its decisions in: "dali-caption".
GstDebugCategory* program_category();

// A line each, of the program and of all elements of gst-dali. After gst_init(). Where GST_DEBUG is
// set, that decides, and the lines look as GStreamer's.
void begin_program_log(Verbosity verbosity);

}  // namespace dali
