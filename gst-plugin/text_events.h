// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <string>

#include "gst-plugin/gst_handles.h"

namespace dali {

// The events that a text pad's stream opens with.

EventHandle stream_start_event(GstEvent* media, GstCaps* caps);  // both borrowed
EventHandle segment_event(const GstSegment& segment, guint32 seqnum);
EventHandle language_event(const std::string& language, guint32 seqnum);

}  // namespace dali
