// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dali {

double cosine_factor(std::int64_t step, std::int64_t warmup_steps, std::int64_t total_steps) {
  const auto ratio = [](std::int64_t part, std::int64_t whole) {
    return static_cast<double>(part) / static_cast<double>(std::max<std::int64_t>(whole, 1));
  };
  if (step < warmup_steps) return warmup_factor(step, warmup_steps);
  const double progress = ratio(step - warmup_steps, total_steps - warmup_steps);
  return std::max(0.0, 0.5 * (1.0 + std::cos(std::numbers::pi * progress)));
}

double warmup_factor(std::int64_t step, std::int64_t warmup_steps) {
  if (step >= warmup_steps) return 1.0;
  return static_cast<double>(step) / static_cast<double>(warmup_steps);
}

std::int64_t warmup_steps(double ratio, std::int64_t total_steps) {
  return static_cast<std::int64_t>(std::ceil(ratio * static_cast<double>(total_steps)));
}

double halving_factor(int epoch) {
  constexpr int kFirstHalving = 10;
  constexpr int kEpochsBetween = 5;
  if (epoch <= kFirstHalving) return 1.0;
  const int halvings = 1 + (epoch - kFirstHalving - 1) / kEpochsBetween;
  return std::pow(0.5, halvings);
}

}  // namespace dali
