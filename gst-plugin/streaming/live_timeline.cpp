// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/live_timeline.h"

#include <algorithm>
#include <utility>

namespace dali {
namespace {

// Timestamps that waver are not taken for a jump.
constexpr std::int64_t kLongestStepBackNs = 1'000'000'000;
// Text and media may lag behind by some jumps; older ones serve to tell the wall time alone.
constexpr std::size_t kMostStretches = 32;

}  // namespace

LiveTimeline::LiveTimeline(std::int64_t longest_gap_ns, WallClock wall_clock)
    : longest_gap_ns_(longest_gap_ns), wall_clock_(std::move(wall_clock)) {}

void LiveTimeline::add(StreamInput input) {
  inputs_[static_cast<std::size_t>(input)].is_present = true;
}

std::size_t LiveTimeline::reference() const {
  constexpr auto kVideo = static_cast<std::size_t>(StreamInput::kVideo);
  return inputs_[kVideo].is_present ? kVideo : static_cast<std::size_t>(StreamInput::kAudio);
}

LiveTimeline::Placed LiveTimeline::place(StreamInput which, std::int64_t time_ns,
                                         std::int64_t end_ns) {
  const auto index = static_cast<std::size_t>(which);
  Input& input = inputs_[index];
  Placed placed;
  if (stretches_.empty()) {
    stretches_.push_back({.begin_ns = 0, .shift_ns = 0, .wall_zero_ns = wall_clock_(time_ns)});
  }
  if (input.has_begun && time_ns < input.last_ns - kLongestStepBackNs) {
    // The other input may have jumped already, and then both go on in the same stretch.
    if (input.stretch + 1 == stretches_.size()) begin_stretch(time_ns);
    ++input.stretch;
    if (index == reference()) {
      const std::int64_t joint_ns = time_ns + stretches_[input.stretch].shift_ns;
      placed.joint = Joint{.time_ns = joint_ns, .previous_end_ns = joint_ns};
    }
  }
  placed.shift_ns = stretches_[input.stretch].shift_ns;
  const std::int64_t begin_ns = time_ns + placed.shift_ns;
  if (input.has_begun && !placed.joint && begin_ns > input.end_ns + longest_gap_ns_) {
    input.gap_from_ns = input.end_ns;
    input.gap_until_ns = begin_ns;
    if (index == reference() && is_gap_of_all(input.end_ns, begin_ns)) {
      placed.joint = Joint{.time_ns = begin_ns, .previous_end_ns = input.end_ns};
    }
  }
  input.has_begun = true;
  input.last_ns = time_ns;
  input.end_ns = std::max(input.end_ns, end_ns + placed.shift_ns);
  forget_old_stretches();
  return placed;
}

// Pictures that come now and then beside sound that goes on, as those of slides, have no gap.
bool LiveTimeline::is_gap_of_all(std::int64_t from_ns, std::int64_t until_ns) const {
  return std::all_of(inputs_.begin(), inputs_.end(), [&](const Input& input) {
    const bool has_stopped = input.end_ns <= from_ns + longest_gap_ns_;
    const bool has_leapt = input.gap_from_ns <= from_ns + longest_gap_ns_ &&
                           input.gap_until_ns >= until_ns - longest_gap_ns_;
    return !input.is_present || has_stopped || has_leapt;
  });
}

// Behind all that came of any input, so that none begins before its end.
void LiveTimeline::begin_stretch(std::int64_t time_ns) {
  const std::int64_t begin_ns = std::max(inputs_[0].end_ns, inputs_[1].end_ns);
  stretches_.push_back(
      {.begin_ns = begin_ns, .shift_ns = begin_ns - time_ns, .wall_zero_ns = wall_clock_(time_ns)});
}

void LiveTimeline::forget_old_stretches() {
  const auto step_back = [](std::size_t& stretch) { stretch -= stretch > 0 ? 1 : 0; };
  while (stretches_.size() > kMostStretches) {
    stretches_.erase(stretches_.begin());
    for (Input& input : inputs_) step_back(input.stretch);
    step_back(text_stretch_);
  }
}

std::int64_t LiveTimeline::text_shift_ns(std::int64_t time_ns) {
  if (stretches_.empty()) return 0;
  const bool has_jumped = time_ns < last_text_ns_ - kLongestStepBackNs;
  if (has_jumped && text_stretch_ + 1 < stretches_.size()) ++text_stretch_;
  last_text_ns_ = time_ns;
  return stretches_[text_stretch_].shift_ns;
}

std::int64_t LiveTimeline::wall_time_ns(std::int64_t time_ns) const {
  if (stretches_.empty()) return 0;
  const Stretch* stretch = &stretches_.front();
  for (const Stretch& later : stretches_) {
    if (later.begin_ns <= time_ns) stretch = &later;
  }
  return stretch->wall_zero_ns + time_ns - stretch->shift_ns;
}

}  // namespace dali
