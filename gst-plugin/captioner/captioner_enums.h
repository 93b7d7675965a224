// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace dali {

// The types of properties that name one of a few choices. Any thread.
GType caption_mode_type();    // CaptionMode
GType detail_level_type();    // DetailLevel
GType window_cuts_type();     // WindowCuts
GType picture_moment_type();  // PictureMoment
GType modality_type();        // Modality
GType priority_type();        // ThreadPriority
GType gap_mode_type();        // GapMode
GType time_zero_type();       // TimeZero

}  // namespace dali
