// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace dali {

// Sends `sink` a stream that ends without data. Borrows all; `stream_start` may be null. Returns
// when the end has been taken: a sink takes it for its preroll, and waits.
void send_empty_stream(GstEvent* stream_start, guint32 seqnum, GstPad* sink);

}  // namespace dali
