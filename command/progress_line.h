// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "command/status_line.h"

namespace dali {

// Tells a person how many of so many things are done, on the command's status line. Any thread may
// call.
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

  // Called with mutex_ held.
  std::string text() const;

  const std::string what_;
  const int total_;
  const Clock::time_point start_;

  std::mutex mutex_;  // of all below
  int done_ = 0;
  int left_out_ = 0;
  StatusLine line_;
};

}  // namespace dali
