// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/picture_track.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

namespace dali {
namespace {

std::int64_t round_down(std::int64_t time_ns, std::int64_t step_ns) {
  return time_ns - ((time_ns % step_ns) + step_ns) % step_ns;
}

// Of a picture's time.
std::int64_t last_moment(std::int64_t start_ns, std::optional<std::int64_t> end_ns) {
  return std::max(start_ns, end_ns.value_or(start_ns) - 1);
}

}  // namespace

bool PictureTrack::wants(std::int64_t start_ns, std::optional<std::int64_t> end_ns) const {
  if (!last_point_ns_) return true;
  if (start_ns < last_start_ns_) return false;
  // The picture before shows until this one at most, whatever it says of itself.
  const std::int64_t served_ns = std::min(*last_point_ns_, point_at(start_ns - 1));
  return point_at(last_moment(start_ns, end_ns)) > served_ns;
}

void PictureTrack::push(std::shared_ptr<const Picture> picture) {
  const std::int64_t start_ns = picture->start_ns;
  if (!kept_.empty()) {
    std::optional<std::int64_t>& last_end_ns = kept_.back().end_ns;
    last_end_ns = std::min(last_end_ns.value_or(start_ns), start_ns);
  }
  last_point_ns_ = point_at(last_moment(start_ns, picture->end_ns));
  last_start_ns_ = start_ns;
  held_bytes_ += picture->bytes;
  const std::optional<std::int64_t> end_ns = picture->end_ns;
  kept_.push_back({.picture = std::move(picture), .end_ns = end_ns});
}

void PictureTrack::end_at(std::int64_t time_ns) {
  if (!kept_.empty() && !kept_.back().end_ns) kept_.back().end_ns = time_ns;
}

std::shared_ptr<const Picture> PictureTrack::nearest_to(std::int64_t moment_ns,
                                                        std::int64_t start_ns,
                                                        std::int64_t end_ns) const {
  std::shared_ptr<const Picture> nearest;
  std::int64_t least_ns = std::numeric_limits<std::int64_t>::max();
  for (const Kept& kept : kept_) {
    const std::int64_t begin_ns = kept.picture->start_ns;
    if (begin_ns >= end_ns || (kept.end_ns && *kept.end_ns <= start_ns)) continue;
    const bool shows_there = begin_ns <= moment_ns && (!kept.end_ns || *kept.end_ns > moment_ns);
    const std::int64_t distance_ns = shows_there ? 0 : std::abs(begin_ns - moment_ns);
    if (distance_ns >= least_ns) continue;
    least_ns = distance_ns;
    nearest = kept.picture;
  }
  return nearest;
}

void PictureTrack::forget_before(std::int64_t time_ns) {
  while (!kept_.empty() && kept_.front().end_ns && *kept_.front().end_ns <= time_ns) {
    held_bytes_ -= kept_.front().picture->bytes;
    kept_.pop_front();
  }
}

void PictureTrack::clear() {
  kept_.clear();
  held_bytes_ = 0;
  last_point_ns_.reset();
}

std::int64_t PictureTrack::point_at(std::int64_t time_ns) const {
  std::int64_t latest_ns = std::numeric_limits<std::int64_t>::min();
  for (int point = 0; point < grid_.points_per_window; ++point) {
    const std::int64_t first_ns =
        grid_.origin_ns + point * grid_.window_ns / grid_.points_per_window;
    latest_ns = std::max(latest_ns, first_ns + round_down(time_ns - first_ns, grid_.interval_ns));
  }
  return latest_ns;
}

}  // namespace dali
