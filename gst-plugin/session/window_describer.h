// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>

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
};

// Asks the engine about one window after the other and judges what it says. The worker thread's
// own: not thread-safe.
class WindowDescriber {
 public:
  // What becomes of the item; a window's picture is converted on the way, so `item` changes. A new
  // epoch is a new stream. Whatever the engine throws is a decision of its own.
  Decision decide(WindowQueue::Item& item, std::uint64_t epoch, const Describing& by,
                  const std::stop_token& stop);

 private:
  void look_at(SampledWindow& window, const Describing& by, const std::stop_token& stop,
               Decision& decision);
  void describe(SampledWindow& window, const Describing& by, const std::stop_token& stop,
                Decision& decision);

  CaptionFilter filter_;
  ProgrammeLevel programme_;
  std::uint64_t epoch_ = 0;  // of what these remember
};

}  // namespace dali
