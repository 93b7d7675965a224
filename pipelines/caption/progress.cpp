// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace dali {
namespace {

using namespace std::chrono_literals;

constexpr auto kTerminalPause = 200ms;
constexpr auto kLinesPause = 10s;

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

Progress::Style Progress::style_of_standard_error(bool quiet) {
  if (quiet) return Style::kQuiet;
  return ::isatty(STDERR_FILENO) != 0 ? Style::kTerminal : Style::kLines;
}

void Progress::begin(std::string task) {
  clear();
  task_ = std::move(task);
  begun_ = Clock::now();
  shown_ = begun_;
}

void Progress::update(double position_s, double duration_s) {
  if (style_ == Style::kQuiet) return;
  const Clock::time_point now = Clock::now();
  const Clock::duration pause =
      style_ == Style::kTerminal ? Clock::duration(kTerminalPause) : Clock::duration(kLinesPause);
  if (now - shown_ < pause) return;
  shown_ = now;
  const double elapsed_s = std::chrono::duration<double>(now - begun_).count();
  const std::string line = progress_line(task_, position_s, duration_s, elapsed_s);
  if (style_ == Style::kTerminal) {
    // Back to the line's start, erase it, write it anew.
    std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
    std::fflush(stderr);
    is_on_terminal_ = true;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

void Progress::clear() {
  if (!is_on_terminal_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  is_on_terminal_ = false;
}

}  // namespace dali
