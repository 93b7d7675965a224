// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <string_view>

namespace dali {

// One line on standard error that tells how far a piece of work is: rewritten in place on a
// terminal, a line every so often elsewhere, nothing at all when quiet. One thread at a time.
class StatusLine {
 public:
  enum class Style { kQuiet, kTerminal, kLines };
  using Clock = std::chrono::steady_clock;

  static constexpr std::chrono::seconds kInterval{10};

  // Terminal or lines, by what standard error is.
  static Style style_of_standard_error();

  // `interval`: from line to line where they are not rewritten.
  explicit StatusLine(Style style, Clock::duration interval = kInterval);
  ~StatusLine() { clear(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  // Work begins now: the first line is due after a pause.
  void restart();

  // Whether so much time has passed since the last line that another one is worth it.
  bool is_due() const;

  void show(std::string_view text);

  // Takes the line off the terminal, so that something else can be printed.
  void clear();

  // Leaves the line where it is; what comes next stands below it.
  void end();

 private:
  Style style_;
  Clock::duration pause_;
  Clock::time_point last_shown_;
  bool is_on_terminal_ = false;
};

}  // namespace dali
