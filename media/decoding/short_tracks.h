// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <span>

namespace dali {

// qtdemux of GStreamer 1.22 takes a track that lasts less than a fifth of its movie for a preview
// picture and leaves it out. So it loses a sound that is heard in the first minutes alone, and all
// tracks of a movie that begin late: the edit that puts them there counts as part of it.

// Raises the tracks' own durations in a whole 'moov' box to what qtdemux asks for. They are used
// for nothing else: samples and edits have theirs. True when any was raised.
bool raise_short_tracks(std::span<std::uint8_t> movie_box);

// Does so in every movie that is read inside of `decoder`, a decodebin or uridecodebin that has not
// run yet; borrowed.
void keep_short_tracks(GstElement* decoder);

}  // namespace dali
