// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace dali {

// What the elements that pictures go through leave wrong in what is said of them.

// videoflip of GStreamer 1.22 turns the picture and leaves its tag as it was, so that a player
// would turn it once more. For its source pad, borrowed.
void say_upright(GstPad* turned);

// textoverlay of GStreamer 1.22 hands what is said of the text on with the pictures, and fails when
// these have ended before. For its text pad, borrowed.
void keep_tags_back(GstPad* text);

// An aggregator of GStreamer 1.22, as cccombiner is, ends the flush of a seek that not all of its
// inputs take a second time, when the input that took it has ended it already. That FLUSH_STOP
// waits for ever for a sink that has its preroll by then. For its source pad, borrowed.
void keep_second_flush_stop_back(GstPad* combined);

}  // namespace dali
