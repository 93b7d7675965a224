// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace dali {

// Lets data enter at `proxy` (borrowed: a ghost pad, or the inside of one) as before, but for one
// answer: that a segment is over is no end of the stream while segments follow each other, as after
// a segment seek.
//
// A decoder answers so when its data lie behind the segment's stop. A queue of GStreamer 1.22 that
// hears it while the next segment waits in it takes it for the next one's answer, and stops for
// good.
void go_on_behind_segments(GstPad* proxy);

}  // namespace dali
