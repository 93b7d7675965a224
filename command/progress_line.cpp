// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/progress_line.h"

#include <fmt/format.h>

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
      start_(Clock::now()),
      line_(StatusLine::style_of_standard_error()) {}

void ProgressLine::advance() {
  const std::lock_guard lock(mutex_);
  ++done_;
  if (line_.is_due()) line_.show(text());
}

void ProgressLine::leave_out() {
  const std::lock_guard lock(mutex_);
  ++left_out_;
  if (line_.is_due()) line_.show(text());
}

void ProgressLine::finish() {
  const std::lock_guard lock(mutex_);
  line_.show(text());
  line_.end();
}

std::string ProgressLine::text() const {
  const double elapsed_s = std::chrono::duration<double>(Clock::now() - start_).count();
  std::string line = fmt::format("{} of {} {}", done_, total_, what_);
  if (left_out_ > 0) line += fmt::format(", {} left out", left_out_);
  const int seen = done_ + left_out_;
  if (seen < total_ && seen > 0) {
    line += fmt::format(", {} left", readable_duration(elapsed_s / seen * (total_ - seen)));
  } else if (seen == total_) {
    line += fmt::format(" in {}", readable_duration(elapsed_s));
  }
  return line;
}

}  // namespace dali
