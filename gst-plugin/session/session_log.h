// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <source_location>

namespace dali {

// The first two are for operators, who have to act; the third is a line for each window; the others
// go deeper and deeper.
enum class LogLevel { kError, kWarning, kInfo, kDebug, kLog, kTrace };

// Where a session tells what becomes of a stream's windows, for whoever looks into a program that
// runs. Any thread calls it, and with the session's lock held: an implementation must not call
// back.
class SessionLog {
 public:
  // How much a line matters, and which line of source says it.
  struct Place {
    // Implicit, so that the caller's own line is found: write(LogLevel::kDebug, ...).
    Place(LogLevel how_much, std::source_location where = std::source_location::current())
        : level(how_much), source(where) {}
    LogLevel level;
    std::source_location source;
  };

  virtual ~SessionLog() = default;

  // Asked before anything is put into words.
  virtual bool hears(LogLevel level) const = 0;

  // As printf does, one line without its end.
  [[gnu::format(printf, 3, 4)]] void write(Place place, const char* format, ...) const;

  // Nobody listens.
  static const SessionLog& silent();

 protected:
  virtual void accept(const Place& place, const char* line) const = 0;
};

// For "%.3f".
constexpr double in_seconds(std::int64_t time_ns) {
  return static_cast<double>(time_ns) / 1e9;
}

}  // namespace dali
