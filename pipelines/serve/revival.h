// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <glib.h>

#include <cstdint>
#include <functional>
#include <utility>

#include "pipelines/serve/glib_handles.h"

namespace dali {

// Begins anew what has ended, after pauses of 1 s, 2 s and so on up to a minute; and once more
// after the next one, where it cannot begin. On the thread of the main loop.
class Revival {
 public:
  explicit Revival(std::function<void()> begin) : begin_(std::move(begin)) {}
  Revival(const Revival&) = delete;
  Revival& operator=(const Revival&) = delete;

  // After next_pause_seconds().
  void schedule();
  void cancel() { pause_ = LoopSource(); }
  bool is_scheduled() const { return pause_.is_there(); }

  guint next_pause_seconds() const { return pause_seconds_; }
  void shorten_next_pause() { pause_seconds_ = 1; }  // what was begun works

  std::uint64_t count() const { return count_; }  // of those so far

 private:
  void revive();

  const std::function<void()> begin_;
  guint pause_seconds_ = 1;
  std::uint64_t count_ = 0;
  LoopSource pause_;
};

}  // namespace dali
