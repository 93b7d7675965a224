// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "gst-plugin/session/caption_filter.h"
#include "gst-plugin/session/decision.h"
#include "gst-plugin/session/programme_level.h"
#include "gst-plugin/session/window_queue.h"
#include "model/captioner/caption_engine.h"

namespace dali {

// What describes windows, and the thread that it does so in.
struct Describing {
  const CaptionEngine* engine = nullptr;  // null when there is no model
  // Calls the function in whatever thread is meant for it, waits, and throws what it throws.
  std::function<void(const std::function<void()>&)> compute;
  bool may_wait = false;  // as CaptionRequest has it
};

// Asks the engine about windows in their order and judges what it says. The worker thread's own:
// not thread-safe.
class WindowDescriber {
 public:
  // What becomes of the items, in their order; the engine is asked about all of their windows
  // together. A window's picture is converted on the way, so the items change. A new epoch is a new
  // stream. Whatever the engine throws is a decision of its own.
  std::vector<Decision> decide(std::span<WindowQueue::Item> items, std::uint64_t epoch,
                               const Describing& by, const std::stop_token& stop);

 private:
  // A window that is worth describing, and what is decided of it; both borrowed.
  struct Asked {
    SampledWindow* window = nullptr;
    Decision* decision = nullptr;
  };

  // True when the window is to be described.
  bool look_at(const SampledWindow& window, const Describing& by, Decision& decision);
  static WindowToDescribe question_about(const Asked& asked, const Describing& by,
                                         const std::stop_token& stop);
  void describe(std::span<const Asked> asked, const Describing& by, const std::stop_token& stop);
  void judge(const Asked& asked, Described& described);

  CaptionFilter filter_;
  ProgrammeLevel programme_;
  std::uint64_t epoch_ = 0;  // of what these remember
};

}  // namespace dali
