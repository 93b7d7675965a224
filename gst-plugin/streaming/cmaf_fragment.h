// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gst-plugin/streaming/cmaf_track.h"

namespace dali {

// A sample as a fragment has it, in the track's ticks.
struct FragmentSample {
  std::uint32_t size_bytes = 0;
  std::uint32_t duration = 0;
  std::int32_t shown_after = 0;  // its decoding time; below zero: before it
  bool is_key = true;            // can be decoded without those before it
};

struct Fragment {
  std::uint32_t number = 1;       // fragments of a track count on
  std::uint64_t decode_time = 0;  // of the first sample
  std::vector<FragmentSample> samples;
};

// The file of a segment. `content`: the samples' bytes, one behind the other. A fragment without a
// sample says that there is nothing.
std::string media_segment(const Fragment& fragment, std::string_view content);

}  // namespace dali
