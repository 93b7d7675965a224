// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <optional>

#include "gst-plugin/captioner/captioner_element.h"

namespace dali {

// What a live stream means for the text: how late it may be, and how late it is by now. Any thread;
// no lock may be held.

// Asks upstream of a sink whether it is live, and how late. Keeps the answer in `pads`.
void ask_upstream(GstElement* element, MediaPads& pads);

// The answer to a LATENCY query of text_src: upstream's latency and the text's own.
gboolean answer_text_latency(GstElement* element, GstQuery* query);

// As TextOutput asks for it; takes the object lock alone.
std::optional<TextDeadline> text_deadline(GstElement* element, const ElementState& state);

// Whether any input is live. Takes the object lock.
bool is_live(GstElement* element, const ElementState& state);

// By how much the text is moved back against the media; 0 while no input is live.
std::int64_t text_lateness_ns(GstElement* element, const ElementState& state);

// Tells the pipeline that text_src answers otherwise from now on. Nothing while no input is live.
void post_latency(GstElement* element, const ElementState& state);

}  // namespace dali
