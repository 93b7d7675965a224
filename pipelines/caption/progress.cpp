// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/progress.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

namespace dali {
namespace {

// Before this share is done, loading the model would be taken for the pace.
constexpr double kLeastToForetellFrom = 0.02;

// "1:02:03" or "2:03".
std::string duration_text(double seconds) {
  const auto whole = static_cast<long long>(std::llround(std::max(seconds, 0.0)));
  char text[40];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                  whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  }
  return text;
}

StatusLine::Style style_of(Progress::Loudness loudness) {
  switch (loudness) {
    case Progress::Loudness::kQuiet:
      return StatusLine::Style::kQuiet;
    case Progress::Loudness::kLines:
      return StatusLine::Style::kLines;
    case Progress::Loudness::kShown:
      break;
  }
  return StatusLine::style_of_standard_error();
}

}  // namespace

std::string progress_line(const std::string& task, double position_s, double duration_s,
                          double elapsed_s) {
  std::string line = task + ": " + duration_text(position_s);
  if (duration_s <= 0.0) return line;
  const double done = std::clamp(position_s / duration_s, 0.0, 1.0);
  line += " of " + duration_text(duration_s) + ", " +
          std::to_string(static_cast<int>(done * 100.0)) + " %";
  if (done >= kLeastToForetellFrom)
    line += ", " + duration_text(elapsed_s / done * (1.0 - done)) + " left";
  return line;
}

Progress::Progress(Loudness loudness) : line_(style_of(loudness)) {}

void Progress::begin(std::string task) {
  line_.restart();
  task_ = std::move(task);
  begun_ = StatusLine::Clock::now();
}

void Progress::update(double position_s, double duration_s) {
  if (!line_.is_due()) return;
  const std::chrono::duration<double> elapsed = StatusLine::Clock::now() - begun_;
  line_.show(progress_line(task_, position_s, duration_s, elapsed.count()));
}

}  // namespace dali
