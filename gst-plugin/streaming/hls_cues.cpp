// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/hls_cues.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace dali {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
// What is left of a caption's time has to be enough to see that there is one.
constexpr std::int64_t kShortestRestNs = kSecondNs;

// How far behind its beginning the first segment that has a caption may begin.
constexpr std::int64_t kSlackNs = kSecondNs / 2;

}  // namespace

std::int64_t HlsCues::add(std::int64_t start_ns, std::int64_t end_ns, const std::string& text) {
  end_ns = std::max(end_ns, start_ns);
  overlap_ = overlap_ || start_ns < last_end_ns_;
  last_end_ns_ = std::max(last_end_ns_, end_ns);
  // Captions that follow each other: the next one begins where this one ends. Where they overlap,
  // it may begin right after this one's beginning.
  pass_time(overlap_ ? start_ns : end_ns);
  HlsCue cue{.identifier = fmt::format("{}-{}", run_, ++count_),
             .start_ns = start_ns,
             .end_ns = end_ns,
             .text = text};
  const std::int64_t late_ns = std::max<std::int64_t>(written_until_ns_ - kSlackNs - start_ns, 0);
  if (late_ns > 0 && end_ns - written_until_ns_ < kShortestRestNs) {
    cue.start_ns = written_until_ns_;
    cue.end_ns = written_until_ns_ + end_ns - start_ns;
  }
  cues_.push_back({.cue = std::move(cue)});
  return std::min(late_ns, end_ns - start_ns);
}

bool HlsCues::is_known(std::int64_t until_ns) const {
  return known_until_ns_ >= until_ns - kSlackNs;
}

void HlsCues::pass_time(std::int64_t until_ns) {
  known_until_ns_ = std::max(known_until_ns_, until_ns);
}

void HlsCues::end() {
  known_until_ns_ = std::numeric_limits<std::int64_t>::max();
}

std::vector<HlsCue> HlsCues::segment(std::int64_t start_ns, std::int64_t end_ns) {
  std::vector<HlsCue> shown;
  for (Cue& each : cues_) {
    if (each.cue.start_ns >= end_ns || each.cue.end_ns <= start_ns) continue;
    each.was_written = true;
    shown.push_back(each.cue);
  }
  written_until_ns_ = end_ns;
  forget_until(end_ns);
  return shown;
}

void HlsCues::forget_until(std::int64_t end_ns) {
  const auto done = std::stable_partition(
      cues_.begin(), cues_.end(), [&](const Cue& each) { return each.cue.end_ns > end_ns; });
  for (auto each = done; each != cues_.end(); ++each) {
    if (!each->was_written) lost_.push_back(std::move(each->cue));
  }
  cues_.erase(done, cues_.end());
}

void HlsCues::drop_rest() {
  forget_until(std::numeric_limits<std::int64_t>::max());
}

std::vector<HlsCue> HlsCues::take_lost() {
  return std::exchange(lost_, {});
}

}  // namespace dali
