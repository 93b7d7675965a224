// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <optional>

namespace dali {

// What the caps say of a picture. What they do not say of its colours is what players take it for.
// Nothing when they are no raw picture's that has a size.
std::optional<GstVideoInfo> info_with_colours(const GstCaps* caps);

}  // namespace dali
