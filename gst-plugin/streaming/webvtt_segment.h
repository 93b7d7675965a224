// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "gst-plugin/streaming/hls_cue.h"

namespace dali {

// The file of a segment's captions as WebVTT (RFC 8216, 3.5), with their whole times.
// `start_ns`: where the segment begins, as the zero of MPEG's clock comes around once in 26 hours.
std::string webvtt_segment(std::span<const HlsCue> cues, std::int64_t start_ns);

// A caption as WebVTT writes it: without an empty line, by which a cue ends.
std::string cue_lines(std::string_view text);

}  // namespace dali
