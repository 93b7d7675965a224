// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include "gst-plugin/gst_handles.h"
#include "gst-plugin/session/caption_session.h"

namespace dali {

// The custom meta on buffers and the element message: a structure of this name with the fields
//   text                  string
//   start, end            guint64, running time of the window in ns
//   window-id             guint64
//   mean-log-probability  double
//   modality              string: "audio", "image" or "audiovisual"
//   model                 string
//   extends-last          boolean: the caption before says the same and ends where this one begins,
//                         so both are one to the viewer
inline constexpr const char* kCaptionMetaName = "DaliCaptionMeta";

// Call before the first use; any thread, any number of times.
void register_caption_meta();

StructureHandle caption_structure(const Decision& caption);

// `buffer` must be writable. Copies the fields of `caption`.
void add_caption_meta(GstBuffer* buffer, const GstStructure* caption);

}  // namespace dali
