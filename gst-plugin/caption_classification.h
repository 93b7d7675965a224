// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace dali {

// The caption as elements of GStreamer's analytics library know results: a classification
// (GstAnalyticsClsMtd) with one class, whose name is the text and whose level, 0 to 1, is the
// confidence, in the buffer's GstAnalyticsRelationMeta beside what others put there. GLib keeps the
// name of a class as long as the process lives. Does nothing in a build without that library, which
// came with GStreamer 1.24. `buffer` must be writable; `caption` is the structure of a
// DaliCaptionMeta, borrowed. Any thread.
void add_caption_classification(GstBuffer* buffer, const GstStructure* caption);

}  // namespace dali
