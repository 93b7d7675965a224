// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string_view>
#include <vector>

#include "media/decoding/media_pipeline.h"

namespace dali {

// "audio/x-raw"
std::string_view type_of(const GstCaps* caps);

// Of the pads that give this type, the one whose stream the file marks as the default, or else the
// first that it does not mark as switched off, or else the first: what players choose. Null when
// there is none. Borrowed of `pads`.
GstPad* default_pad(const std::vector<PadPointer>& pads, std::string_view type);

// The number of the track that qtdemux gave the pad's stream. Nothing for another demuxer's.
std::optional<unsigned> track_of(GstPad* pad);

}  // namespace dali
