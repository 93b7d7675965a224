// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gst-plugin/session/decision.h"
#include "gst-plugin/session/session_log.h"

namespace dali {

// Makes one caption of those that follow each other at once, say the same and have the same mark of
// what is off screen (the gains are those of the first), by holding each until the next decision
// shows where it ends. Not thread-safe: the worker thread's own.
class CaptionMerger {
 public:
  explicit CaptionMerger(const SessionLog& log = SessionLog::silent()) : log_(log) {}  // borrowed

  // What is certain now, in order: at most a held caption and `decision`. No caption is held to be
  // longer than `longest_ns`; with 0 none is held.
  std::vector<Decision> take(Decision decision, std::int64_t longest_ns);

  void forget();  // at a stream's start

 private:
  const SessionLog& log_;
  std::optional<Decision> held_;
};

}  // namespace dali
