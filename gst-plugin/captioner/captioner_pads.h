// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/audio/audio.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "gst-plugin/captioner/media_pads.h"

namespace dali {

inline constexpr const char* kAudioCaps =
    "audio/x-raw, format = (string) " GST_AUDIO_FORMATS_ALL ", rate = " GST_AUDIO_RATE_RANGE
    ", channels = " GST_AUDIO_CHANNELS_RANGE ", layout = (string) { interleaved, non-interleaved }";
inline constexpr const char* kVideoCaps = GST_VIDEO_CAPS_MAKE(GST_VIDEO_FORMATS_ALL);
inline constexpr const char* kTextCaps = "text/x-raw, format = (string) utf8";

// Pads of a captioner with their functions, floating; add_pad() adds them to it.
GstPad* new_sink(GstElement* captioner, MediaPads& pads);
GstPad* new_source(GstElement* captioner, MediaPads& pads);
GstPad* new_text_pad(GstElement* captioner);
void add_pad(GstElement* captioner, GstPad* pad);

// What new_sink() and new_source() were given.
MediaPads& media_pads_of(GstPad* pad);

}  // namespace dali
