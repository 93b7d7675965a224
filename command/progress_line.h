// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <mutex>
#include <string>

namespace dali {

// Tells a person how far a command is, on standard error: one line rewritten in place on a
// terminal, a line every ten seconds elsewhere. Any thread may call.
class ProgressLine {
 public:
  // `what`: "clips", as in "120 of 3000 clips, 4 min 10 s left".
  ProgressLine(std::string what, int total);

  // One more is done, or had to be left out: the two are counted apart.
  void advance();
  void leave_out();

  // Ends the line; nothing is shown afterwards.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;

  // Both called with mutex_ held.
  void show(Clock::time_point now);
  void show_when_due();

  const std::string what_;
  const int total_;
  const bool is_terminal_;
  const Clock::time_point start_;

  std::mutex mutex_;  // of all below
  int done_ = 0;
  int left_out_ = 0;
  Clock::time_point last_shown_;
};

}  // namespace dali
