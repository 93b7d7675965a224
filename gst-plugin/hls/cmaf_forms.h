// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <string>

#include "gst-plugin/streaming/cmaf_track.h"

namespace dali {

// The track of CMAF that these caps and its first buffer are of, both borrowed. Throws
// std::runtime_error when they do not say enough.
CmafTrack cmaf_track_of(const GstCaps* caps, GstBuffer* first);

// What of the caps makes a track another one, as text to be compared.
std::string cmaf_form_of(const GstCaps* caps);

}  // namespace dali
