// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstdint>

#include "gst-plugin/debug_categories.h"

namespace dali {

// What the log says of a stretch of text, in running time, at its way out of the text pad.

void tell_pushing(GstPad* pad, GstEvent* event);  // borrowed
// It goes out as `buffer` (borrowed), which may stand for a gap.
void tell_pushing(GstPad* pad, GstBuffer* buffer, std::int64_t start_ns, std::int64_t end_ns);
// It lies outside of the segment, so that nobody could say when it is shown. Returns GST_FLOW_OK:
// to push nothing is no failure.
GstFlowReturn tell_outside(GstPad* pad, std::int64_t start_ns, std::int64_t end_ns);

}  // namespace dali
