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

}  // namespace dali
