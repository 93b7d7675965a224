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
//   words                 list of structures, where locate-words is set: the words of `text` that
//                         are known to sound, with the fields text, start and end as above
//   off-screen            boolean, where it is known: all that the caption names is heard and not
//                         seen
//   sources               list of structures, of a caption of a window where off-screen is set:
//   what
//                         it names, with the fields name (string), gain (double) and off-screen
//                         (boolean)
//   events                list of structures, of a caption of events alone, whose start and end are
//                         when it is shown: what it announces, each as source_event_structure()
inline constexpr const char* kCaptionMetaName = "DaliCaptionMeta";

// Call before the first use; any thread, any number of times.
void register_caption_meta();

StructureHandle caption_structure(const Decision& caption);

// The element message on each caption of a window that the level of detail holds back: a structure
// of this name with the fields of the meta and, as a string, reason.
inline constexpr const char* kHeldBackName = "DaliCaptionHeldBack";
StructureHandle held_back_structure(const Decision& held_back);

// The element message on each event, announced or not: a structure of this name with the fields
//   event       string: "starts", "continues" or "stops"
//   source      guint64: counts from 0; what stops and starts again is another one
//   name        string: what it is
//   label       string: what the caption that named it first said of it
//   time        guint64, running time in ns: when it starts, goes on or stops
//   start       guint64, running time in ns: when it started
//   known       guint64, running time in ns: how far the media had come when it was settled:
//               known - time is how late it is known, but for what the model takes
//   confidence  double, 0 to 1: of the caption that was surest of it
//   window-id   guint64: the window that settled it
//   announced   boolean: a caption tells it
//   reason      string, where the level of detail holds it back: why
//   off-screen  boolean, where it is known: it is heard and not seen
inline constexpr const char* kSourceEventName = "DaliSourceEvent";
StructureHandle source_event_structure(const SourceEvent& event);

// `buffer` must be writable. Copies the fields of `caption`.
void add_caption_meta(GstBuffer* buffer, const GstStructure* caption);

}  // namespace dali
