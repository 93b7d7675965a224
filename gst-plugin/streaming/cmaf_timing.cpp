// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/cmaf_timing.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "gst-plugin/streaming/media_ticks.h"

namespace dali {
namespace {

// What rounding makes of the end of a picture and the beginning of the next.
constexpr std::int64_t kRoundingTicks = 2;

using Samples = std::span<const CmafSample>;

bool are_decoded_in_turn(Samples samples) {
  return std::adjacent_find(samples.begin(), samples.end(), [](const auto& one, const auto& next) {
           return next.decode_time_ns <= one.decode_time_ns;
         }) == samples.end();
}

// Each is decoded when one shows, in turn, and all so much earlier that none shows before.
std::vector<CmafSample> decoded_in_turn(Samples samples, std::int64_t& delay_ns) {
  std::vector<CmafSample> ordered(samples.begin(), samples.end());
  std::vector<std::int64_t> times;
  for (const CmafSample& sample : samples) times.push_back(sample.time_ns);
  std::sort(times.begin(), times.end());
  for (std::size_t index = 0; index < times.size(); ++index) {
    delay_ns = std::max(delay_ns, times[index] - samples[index].time_ns);
  }
  for (std::size_t index = 0; index < times.size(); ++index) {
    ordered[index].decode_time_ns = times[index] - delay_ns;
  }
  return ordered;
}

bool are_decoded_when_they_show(Samples samples) {
  return std::all_of(samples.begin(), samples.end(), [](const CmafSample& sample) {
    return sample.decode_time_ns == sample.time_ns;
  });
}

}  // namespace

CmafTiming::CmafTiming(const CmafTrack& track)
    : ticks_per_second_(track.ticks_per_second), frame_ticks_(track.frame_ticks) {}

std::int64_t CmafTiming::start_of(const CmafSample& sample, bool is_first) const {
  const std::int64_t told = media_ticks(sample.decode_time_ns, ticks_per_second_);
  if (!end_) return told;
  // Pictures within a fragment begin when they say so, and the one before lasts until then.
  const std::int64_t off_by = frame_ticks_ > 0 ? frame_ticks_ / 2 : (is_first ? kRoundingTicks : 0);
  if (std::abs(told - *end_) <= off_by) return *end_;
  return std::max(told, last_start_ + 1);
}

std::int64_t CmafTiming::length_of(const CmafSample& sample, std::int64_t start) const {
  if (frame_ticks_ > 0) return frame_ticks_;
  const std::int64_t end =
      media_ticks(sample.decode_time_ns + sample.duration_ns, ticks_per_second_);
  return std::max<std::int64_t>(end - start, 1);
}

void CmafTiming::last_until(Fragment& fragment, std::int64_t end_ns) {
  const std::int64_t end = media_ticks(end_ns, ticks_per_second_);
  if (end <= *end_) return;
  fragment.samples.back().duration = static_cast<std::uint32_t>(end - last_start_);
  end_ = end;
}

Fragment CmafTiming::place(std::span<const CmafSample> samples, std::int64_t end_ns) {
  if (samples.empty()) return {};
  std::vector<CmafSample> ordered;
  const bool is_end_known = frame_ticks_ == 0 && are_decoded_when_they_show(samples);
  if (is_end_known && (delay_ns_ > 0 || !are_decoded_in_turn(samples))) {
    ordered = decoded_in_turn(samples, delay_ns_);
    samples = ordered;
  }
  Fragment fragment;
  fragment.samples.reserve(samples.size());
  for (const CmafSample& sample : samples) {
    const bool is_first = fragment.samples.empty();
    const std::int64_t start = start_of(sample, is_first);
    if (is_first) {
      fragment.decode_time = static_cast<std::uint64_t>(start);
    } else {
      fragment.samples.back().duration = static_cast<std::uint32_t>(start - last_start_);
    }
    const std::int64_t length = length_of(sample, start);
    const std::int64_t shown =
        frame_ticks_ > 0 ? start : media_ticks(sample.time_ns, ticks_per_second_);
    fragment.samples.push_back({.size_bytes = sample.size_bytes,
                                .duration = static_cast<std::uint32_t>(length),
                                .shown_after = static_cast<std::int32_t>(shown - start),
                                .is_key = sample.is_key});
    last_start_ = start;
    end_ = start + length;
  }
  if (is_end_known) last_until(fragment, end_ns - delay_ns_);
  return fragment;
}

}  // namespace dali
