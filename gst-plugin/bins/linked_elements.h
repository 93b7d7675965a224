// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace dali {

// How the elements of a dalisubtitlebin are made and linked. Each throws std::runtime_error that
// names the elements.

// Floating, as it is made.
GstElement* new_element(const char* factory, const char* name = nullptr);
void link(GstElement* from, GstElement* to);
// A new source pad of a tee, linked to the sink of `to`.
void link_tee(GstElement* tee, GstElement* to, const char* sink_name = "sink");
// A queue without a link is an error; what nobody wants is none. The end's pad is "src_0".
void link_to_open_end(GstElement* queue, GstElement* tee);

void set_unbounded_but_in_time(GstElement* queue, guint64 time_ns);

}  // namespace dali
