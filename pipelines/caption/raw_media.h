// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <memory>
#include <string>

#include "pipelines/caption/libav_handles.h"

namespace dali {

// FFmpeg's decoded frames as GStreamer's raw media.

struct UnrefCaps {
  void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
};
using CapsHandle = std::unique_ptr<GstCaps, UnrefCaps>;

// FFmpeg's filters that leave frames such as this in a form that GStreamer has a name for: sound as
// float samples of its own rate and channels, pictures in 8 or 10 bits of their own kind.
std::string filters_to_raw_media(const AVFrame* frame);

// What a filtered frame is. `rate` is that of its stream's pictures, 0/0 where that is not known.
// Null when GStreamer cannot say it.
CapsHandle caps_of(const AVFrame* frame, AVRational rate);

// The filtered frame's samples or pixels, without times; transfer full.
GstBuffer* buffer_of(const AVFrame* frame);

// How long it lasts; 0 when nobody knows. `unit` is that of its times.
std::int64_t duration_ns_of(const AVFrame* frame, AVRational unit, AVRational rate);

}  // namespace dali
