// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/shot_detector.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

namespace dali {
namespace {

// Levels of 255. Pictures of different scenes differ by 20 and more, of dark ones by 10.
constexpr float kLeastDifference = 10.0F;
// A cut stands out among the changes before it and after it by these factors.
constexpr float kOverUsual = 3.0F;
constexpr float kOverSettling = 2.0F;
// Of the same scene in another light: lamps that go on, lightning that lasts.
constexpr float kSameScene = 0.8F;
// The standard deviation of luma below which a picture is plain: titles and fades have black ones.
constexpr double kPlain = 3.0;
constexpr std::int64_t kHistoryNs = kNanosecondsPerSecond;
// A flash makes two great changes that say nothing of how much the pictures move.
constexpr std::size_t kUsualRank = 2;
// What is shown for so long stays, whatever comes next.
constexpr std::int64_t kStillNs = kNanosecondsPerSecond;

float mean_difference(const PictureThumbnail::Plane& left, const PictureThumbnail::Plane& right) {
  float sum = 0.0F;
  for (std::size_t at = 0; at < left.size(); ++at) sum += std::abs(left[at] - right[at]);
  return sum / static_cast<float>(left.size());
}

double mean_of(const PictureThumbnail::Plane& plane) {
  return std::accumulate(plane.begin(), plane.end(), 0.0) / static_cast<double>(plane.size());
}

}  // namespace

float difference(const PictureThumbnail& left, const PictureThumbnail& right) {
  return mean_difference(left.luma, right.luma) +
         (mean_difference(left.blue, right.blue) + mean_difference(left.red, right.red)) / 2.0F;
}

std::optional<float> likeness(const PictureThumbnail& left, const PictureThumbnail& right) {
  const double left_mean = mean_of(left.luma);
  const double right_mean = mean_of(right.luma);
  double both = 0.0;
  double left_square = 0.0;
  double right_square = 0.0;
  for (std::size_t at = 0; at < left.luma.size(); ++at) {
    const double from_left = static_cast<double>(left.luma[at]) - left_mean;
    const double from_right = static_cast<double>(right.luma[at]) - right_mean;
    both += from_left * from_right;
    left_square += from_left * from_left;
    right_square += from_right * from_right;
  }
  const double plain = kPlain * kPlain * static_cast<double>(left.luma.size());
  if (left_square < plain || right_square < plain) return std::nullopt;
  return static_cast<float>(both / std::sqrt(left_square * right_square));
}

std::optional<std::int64_t> ShotDetector::look_at(const PictureThumbnail& picture,
                                                  std::int64_t start_ns,
                                                  std::optional<std::int64_t> end_ns) {
  if (!last_) {
    last_ = picture;
    last_start_ns_ = start_ns;
    return std::nullopt;
  }
  if (start_ns < last_start_ns_) return std::nullopt;  // shown by nobody
  take_change({.time_ns = start_ns, .size = difference(*last_, picture)});
  last_ = picture;
  last_start_ns_ = start_ns;
  if (!candidate_) return std::nullopt;
  const std::int64_t cut_ns = candidate_->cut.time_ns;
  const std::int64_t stayed_ns = std::max(start_ns, end_ns.value_or(start_ns)) - cut_ns;
  if (stayed_ns < (candidate_->is_followed ? kFlashNs : kStillNs)) return std::nullopt;
  const bool is_certain = is_cut(*candidate_);
  candidate_.reset();
  return is_certain ? std::optional<std::int64_t>(cut_ns) : std::nullopt;
}

void ShotDetector::forget() {
  last_.reset();
  changes_.clear();
  candidate_.reset();
}

// `last_` is still the picture before the change.
void ShotDetector::take_change(const Change& change) {
  while (!changes_.empty() && changes_.front().time_ns < change.time_ns - kHistoryNs) {
    changes_.pop_front();
  }
  const float usual = usual_change();
  const bool stands_out = change.size >= kLeastDifference && change.size >= kOverUsual * usual;
  const bool is_greater = !candidate_ || change.size > candidate_->cut.size;
  if (stands_out && is_greater) {
    // Behind a lesser one, or a flash, it is still the picture before all of them that counts.
    if (!candidate_) candidate_.emplace().before = *last_;
    candidate_->cut = change;
    candidate_->usual = usual;
    candidate_->settling = 0.0F;
    candidate_->is_followed = false;
  } else if (candidate_) {
    candidate_->is_followed = true;
    const bool is_settling = change.time_ns - candidate_->cut.time_ns > kFlashNs / 2;
    if (is_settling) candidate_->settling = std::max(candidate_->settling, change.size);
  }
  changes_.push_back(change);
}

float ShotDetector::usual_change() const {
  std::vector<float> sizes;
  for (const Change& change : changes_) sizes.push_back(change.size);
  if (sizes.empty()) return 0.0F;
  const std::size_t rank = std::min(kUsualRank, sizes.size() - 1);
  const auto usual = sizes.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(sizes.begin(), usual, sizes.end(), std::greater<>());
  return *usual;
}

// `last_` is the latest picture.
bool ShotDetector::is_cut(const Candidate& candidate) const {
  // What moves differs ever more from where it began, so what the cut itself did counts as well.
  const float size = std::min(candidate.cut.size, difference(candidate.before, *last_));
  if (size < kLeastDifference || size < kOverUsual * candidate.usual ||
      size < kOverSettling * candidate.settling) {
    return false;
  }
  const std::optional<float> alike = likeness(candidate.before, *last_);
  return !alike || *alike < kSameScene;
}

}  // namespace dali
