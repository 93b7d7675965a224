// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/status_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace dali {
namespace {

constexpr std::chrono::milliseconds kTerminalPause(200);

// Of terminals: what stands from here to the line's end goes.
constexpr const char* kErase = "\x1b[K";

}  // namespace

StatusLine::Style StatusLine::style_of_standard_error() {
  return ::isatty(STDERR_FILENO) == 1 ? Style::kTerminal : Style::kLines;
}

StatusLine::StatusLine(Style style, Clock::duration interval)
    : style_(style),
      pause_(style == Style::kTerminal ? Clock::duration(kTerminalPause) : interval),
      last_shown_(Clock::now()) {}

void StatusLine::restart() {
  clear();
  last_shown_ = Clock::now();
}

bool StatusLine::is_due() const {
  return style_ != Style::kQuiet && Clock::now() - last_shown_ >= pause_;
}

void StatusLine::show(std::string_view text) {
  last_shown_ = Clock::now();
  if (style_ == Style::kLines) fmt::print(stderr, "{}\n", text);
  if (style_ != Style::kTerminal) return;
  fmt::print(stderr, "\r{}{}", text, kErase);
  std::fflush(stderr);
  is_on_terminal_ = true;
}

void StatusLine::clear() {
  if (!is_on_terminal_) return;
  fmt::print(stderr, "\r{}", kErase);
  std::fflush(stderr);
  is_on_terminal_ = false;
}

void StatusLine::end() {
  if (is_on_terminal_) std::fputc('\n', stderr);
  is_on_terminal_ = false;
}

}  // namespace dali
