// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <string>

namespace dali {

// How far a piece of work is, on standard error: one line that is rewritten in place on a terminal,
// a line every ten seconds elsewhere, nothing at all when quiet. One thread.
class Progress {
 public:
  enum class Style { kQuiet, kTerminal, kLines };

  // Quiet when asked for; otherwise by what standard error is.
  static Style style_of_standard_error(bool quiet);

  explicit Progress(Style style) : style_(style) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // A new piece of work, "clip.mp4: captions".
  void begin(std::string task);

  // The work has come to `position_s` of `duration_s` (0: unknown).
  void update(double position_s, double duration_s);

  // Takes the line off the terminal, so that something else can be printed.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  Style style_;
  std::string task_;
  Clock::time_point begun_;
  Clock::time_point shown_;
  bool is_on_terminal_ = false;
};

// "clip.mp4: 0:20 of 1:00, 33 %, 0:08 left"; without a known duration, "clip.mp4: 0:20".
// The time left assumes that the rest goes as the beginning went; none before a fiftieth is
// done.
std::string progress_line(const std::string& task, double position_s, double duration_s,
                          double elapsed_s);

}  // namespace dali
