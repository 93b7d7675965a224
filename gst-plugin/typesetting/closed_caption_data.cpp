// SPDX-License-Identifier: LGPL-2.1-or-later
// cc_data as of ANSI/CTA-708 (CEA-708-E, 4.3 and 4.4), which ATSC A/53 puts into pictures.
#include "gst-plugin/typesetting/closed_caption_data.h"

#include <algorithm>

namespace dali {
namespace {

constexpr std::int64_t kTripletsPerSecond = 600;
constexpr std::int64_t kMostTriplets = 31;
// A field has some 30 pairs a second: where there are clearly more frames, each carries one field.
constexpr std::int64_t kFastFramesPerSecond = 40;

constexpr std::uint8_t kFirstField = 0xFC;
constexpr std::uint8_t kSecondField = 0xFD;
constexpr std::uint8_t kPadding = 0xFA;  // of CEA-708, not valid

}  // namespace

ClosedCaptionRoom closed_caption_room(int framerate_numerator, int framerate_denominator) {
  const std::int64_t all =
      std::clamp(kTripletsPerSecond * framerate_denominator / framerate_numerator, std::int64_t{2},
                 kMostTriplets);
  const bool is_fast = framerate_numerator > kFastFramesPerSecond * framerate_denominator;
  const std::size_t pairs = is_fast ? 1 : 2;
  return {.pairs_608 = pairs,
          .packets_708 = std::max(static_cast<std::size_t>(all), pairs + 1) - pairs};
}

std::vector<std::uint8_t> closed_caption_data(const ClosedCaptionRoom& room, Cea608Pair pair,
                                              bool has_pair, bool is_in_second_field,
                                              const std::vector<std::uint8_t>& triplets_708) {
  std::vector<std::uint8_t> data;
  const auto append = [&data](std::uint8_t field, Cea608Pair bytes) {
    data.insert(data.end(), {field, bytes.first, bytes.second});
  };
  const bool has_both = room.pairs_608 > 1;
  const std::uint8_t own = is_in_second_field ? kSecondField : kFirstField;
  const std::uint8_t other = is_in_second_field ? kFirstField : kSecondField;
  if (has_both && is_in_second_field) append(other, {});
  if (has_both || has_pair) append(own, has_pair ? pair : Cea608Pair());
  if ((has_both && !is_in_second_field) || (!has_both && !has_pair)) append(other, {});
  data.insert(data.end(), triplets_708.begin(), triplets_708.end());
  while (data.size() < room.count() * 3) data.insert(data.end(), {kPadding, 0, 0});
  return data;
}

}  // namespace dali
