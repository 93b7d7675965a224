// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gst-plugin/typesetting/cea608_codes.h"

namespace dali {

// How many triplets of cc_data each frame has: 600 a second, and at most 31 a frame.
struct ClosedCaptionRoom {
  std::size_t pairs_608 = 2;  // a pair for each field; one for both in turn, where frames are fast
  std::size_t packets_708 = 18;

  std::size_t count() const { return pairs_608 + packets_708; }
};
ClosedCaptionRoom closed_caption_room(int framerate_numerator, int framerate_denominator);

// The cc_data of a frame: a pair of CEA-608, the triplets of CEA-708, and padding up to the room.
// `has_pair` says whether the pair is one that a field has for this frame. Where there is room for
// one field alone, a frame without a pair has the other field's.
std::vector<std::uint8_t> closed_caption_data(const ClosedCaptionRoom& room, Cea608Pair pair,
                                              bool has_pair, bool is_in_second_field,
                                              const std::vector<std::uint8_t>& triplets_708);

}  // namespace dali
