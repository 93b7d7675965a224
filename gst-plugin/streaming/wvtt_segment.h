// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "gst-plugin/streaming/hls_cue.h"

namespace dali {

// The file of a segment's captions as a fragment of wvtt_track() (ISO/IEC 14496-30): samples from
// the segment's beginning to its end, one for each time in which the same captions show, or none.
// A caption of several samples has one source and one identifier in all.
std::string wvtt_segment(std::uint64_t number, std::span<const HlsCue> cues, std::int64_t start_ns,
                         std::int64_t end_ns);

}  // namespace dali
