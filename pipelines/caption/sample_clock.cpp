// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/sample_clock.h"

#include <algorithm>
#include <cmath>

#include "pipelines/caption/libav_handles.h"

namespace dali {
namespace {

// What differs by more is a hole or an overlap.
constexpr double kJitterSeconds = 0.1;

}  // namespace

SampleClock::Place SampleClock::place(std::int64_t pts, int samples) {
  Place place;
  if (pts == AV_NOPTS_VALUE) pts = next_pts_;
  if (!has_begun_) next_pts_ = pts;
  const std::int64_t hole = pts - next_pts_;
  // Where the stream begins is no matter of rounding.
  const double jitter = has_samples_ ? kJitterSeconds * rate_hz_ : 0.0;
  if (std::abs(static_cast<double>(hole)) > jitter) {
    place.silence = std::max<std::int64_t>(hole, 0);
    place.left_out = static_cast<int>(std::clamp<std::int64_t>(-hole, 0, samples));
  }
  has_begun_ = true;
  has_samples_ = has_samples_ || place.left_out < samples;
  place.pts = next_pts_ + place.silence;
  next_pts_ = place.pts + samples - place.left_out;
  return place;
}

}  // namespace dali
