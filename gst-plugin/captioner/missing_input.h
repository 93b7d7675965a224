// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include "gst-plugin/captioner/media_pads.h"

// An input that never comes. A pipeline that is written before its file is known links both inputs
// and both outputs, and then the file has no picture: the captions of the sound must not wait for
// one, and neither must the sink, muxer or encoder that was made ready for it.

namespace dali {

// Once in a process, before any pipeline with a captioner plays.
void watch_for_no_more_pads();

// In the streaming thread of `flowing`, whose data have come or ended: if nothing can come on
// `other` any more, it is given up, and what its output is linked to, or was when the input was
// given back, gets the end of the stream. An input that comes nevertheless counts again from its
// STREAM_START on. Returns whether it has been given up now: no caption is to wait for it.
bool give_up_missing(GstElement* element, const MediaPads& flowing, MediaPads& other);

}  // namespace dali
