// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <variant>

#include "gst-plugin/session/sampled_window.h"

namespace dali {

// A window that was given up because the model is too slow for a live stream.
struct DroppedWindow {
  std::uint64_t id = 0;
  WindowSpan span;
  std::chrono::steady_clock::time_point closed_at;
};

// Nothing will be said of the time before this.
struct TimePassed {
  std::int64_t until_ns = 0;
};

// The stream ends here.
struct StreamEnd {
  std::uint32_t seqnum = 0;  // of the EOS event that ended it
};

// What waits for the worker, in the order of the stream. Not thread-safe: its session's lock
// guards it.
class WindowQueue {
 public:
  using Item = std::variant<SampledWindow, DroppedWindow, TimePassed, StreamEnd>;

  void push(Item item);
  Item pop();  // the queue must not be empty
  bool is_empty() const { return items_.empty(); }
  bool begins_with_window() const;

  int waiting_windows() const { return waiting_windows_; }
  // The oldest waiting window keeps its place as a DroppedWindow. Returns its number, if there is
  // one.
  std::optional<std::uint64_t> drop_oldest_window();
  void clear();

 private:
  std::deque<Item> items_;
  int waiting_windows_ = 0;
};

}  // namespace dali
