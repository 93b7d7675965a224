// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include "model/base/rgb_image.h"

namespace dali {

// Element descriptions, as for gst-launch-1.0, that make of decoded frames of these caps what
// viewed_picture() takes: one moment of interlaced ones, in square pixels, as many bits and as much
// of transparency as it has to know of.
const char* conversion_for(const GstCaps* caps);

// The frame as a viewer sees it: over black where it is transparent, in an ordinary screen's tones,
// the right way up. Throws std::runtime_error when it cannot be read.
RgbImage viewed_picture(GstSample* sample, GstVideoOrientationMethod orientation);

// How pictures of a stream lie, by the tags that have come through the pad: as the stream's own
// say, or else the whole medium's; upright when none says.
GstVideoOrientationMethod orientation_by_tags(GstPad* pad);

}  // namespace dali
