// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include "gst-plugin/captioner/captioner_element.h"

namespace dali {

// What the streaming threads take from what passes through them. Everything is borrowed and nothing
// of it kept; each call comes from its input's streaming thread.

// Before anything else of a buffer or serialized event: forgets what an earlier run brought.
void enter_run(ElementState& state, MediaPads& pads);

// Before a buffer is sampled: tells the text when the first of them is presented.
void note_first_moment(ElementState& state, MediaPads& pads, GstBuffer* buffer);

// Posts a WARNING for a format that cannot be sampled; it passes through all the same.
void take_caps(ElementState& state, const MediaPads& pads, GstEvent* caps);

// Streams begin, and say how their pictures lie; other events are passed over.
void take_picture_tags(ElementState& state, const MediaPads& pads, GstEvent* event);

PushResult sample_audio(ElementState& state, GstBuffer* buffer);
PushResult sample_video(ElementState& state, GstBuffer* buffer);
void sample_gap(ElementState& state, MediaPads& pads, GstEvent* gap);
// The input goes on at `next_ns` or has ended: a gap that it promised was true up to there.
PushResult settle_gap(ElementState& state, MediaPads& pads, std::optional<std::int64_t> next_ns);

// Brings what the resampler still holds, at the end of the sound or before a jump in it.
PushResult drain_audio(ElementState& state);

}  // namespace dali
