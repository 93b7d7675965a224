// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "command/status_line.h"

namespace dali {

// How far into its medium a piece of work is, on the program's status line. One thread.
class Progress {
 public:
  // kLines: a line every so often on a terminal too, among lines of other origin.
  enum class Loudness { kQuiet, kShown, kLines };

  explicit Progress(Loudness loudness);

  // A new piece of work, called as its file is: "clip.mp4".
  void begin(std::string task);

  // The work has come to `position_s` of `duration_s` (0: unknown).
  void update(double position_s, double duration_s);

  // Takes the line off the terminal, so that something else can be printed.
  void clear() { line_.clear(); }

 private:
  StatusLine line_;
  std::string task_;
  StatusLine::Clock::time_point begun_;
};

// "clip.mp4: 0:20 of 1:00, 33 %, 0:08 left"; without a known duration, "clip.mp4: 0:20".
// The time left assumes that the rest goes as the beginning went; none before a fiftieth is
// done.
std::string progress_line(const std::string& task, double position_s, double duration_s,
                          double elapsed_s);

}  // namespace dali
