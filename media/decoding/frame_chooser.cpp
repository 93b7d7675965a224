// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/decoding/frame_chooser.h"

#include <utility>

namespace dali {

void FrameChooser::set_moments(std::vector<double> moments_s) {
  const std::lock_guard lock(mutex_);
  moments_s_ = std::move(moments_s);
  has_moments_ = true;
  chosen_.clear();
}

bool FrameChooser::covers_next(double start_s, double duration_s) const {
  return chosen_.size() < moments_s_.size() && start_s + duration_s > moments_s_[chosen_.size()];
}

bool FrameChooser::wants(double start_s, double duration_s) {
  const std::lock_guard lock(mutex_);
  return !has_moments_ || covers_next(start_s, duration_s);
}

void FrameChooser::take(double start_s, double duration_s, RgbImage frame) {
  const std::lock_guard lock(mutex_);
  if (has_moments_) {
    while (covers_next(start_s, duration_s)) chosen_.push_back(frame);
  }
  latest_ = std::move(frame);
}

std::vector<RgbImage> FrameChooser::chosen() {
  const std::lock_guard lock(mutex_);
  if (latest_.pixels.empty()) return {};
  while (chosen_.size() < moments_s_.size()) chosen_.push_back(latest_);
  return std::move(chosen_);
}

}  // namespace dali
