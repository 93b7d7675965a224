// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include "gst-plugin/captioner/captioner_element.h"

namespace dali {

inline constexpr const char* kAudioCaps =
    "audio/x-raw, format = (string) " GST_AUDIO_FORMATS_ALL ", rate = " GST_AUDIO_RATE_RANGE
    ", channels = " GST_AUDIO_CHANNELS_RANGE ", layout = (string) { interleaved, non-interleaved }";
inline constexpr const char* kVideoCaps = GST_VIDEO_CAPS_MAKE(GST_VIDEO_FORMATS_ALL);
inline constexpr const char* kTextCaps = "text/x-raw, format = (string) utf8";

// Give the pads their functions; the caller adds them to the element.
void set_up_sink(GstElement* element, MediaPads& pads);
void set_up_source(MediaPads& pads);
void set_up_text_pad(GstPad* pad);

}  // namespace dali
