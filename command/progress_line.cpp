// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace dali {
namespace {

std::string readable_duration(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace

ProgressLine::ProgressLine(std::string what, int total)
    : what_(std::move(what)),
      total_(total),
      is_terminal_(isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      last_shown_(start_) {}

void ProgressLine::advance() {
  const std::lock_guard lock(mutex_);
  ++done_;
  show_when_due();
}

void ProgressLine::leave_out() {
  const std::lock_guard lock(mutex_);
  ++left_out_;
  show_when_due();
}

void ProgressLine::show_when_due() {
  const Clock::time_point now = Clock::now();
  const std::chrono::milliseconds interval(is_terminal_ ? 200 : 10000);
  if (now - last_shown_ >= interval) show(now);
}

void ProgressLine::finish() {
  const std::lock_guard lock(mutex_);
  show(Clock::now());
  if (is_terminal_) std::fputc('\n', stderr);
}

void ProgressLine::show(Clock::time_point now) {
  last_shown_ = now;
  const double elapsed_s = std::chrono::duration<double>(now - start_).count();
  std::string line = fmt::format("{} of {} {}", done_, total_, what_);
  if (left_out_ > 0) line += fmt::format(", {} left out", left_out_);
  const int seen = done_ + left_out_;
  if (seen < total_ && seen > 0) {
    line += fmt::format(", {} left", readable_duration(elapsed_s / seen * (total_ - seen)));
  } else if (seen == total_) {
    line += fmt::format(" in {}", readable_duration(elapsed_s));
  }
  // The escape sequence clears what a longer line left behind.
  const std::string text = is_terminal_ ? "\r" + line + "\x1b[K" : line + "\n";
  std::fputs(text.c_str(), stderr);
}

}  // namespace dali
