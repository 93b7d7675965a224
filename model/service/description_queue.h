// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "model/captioner/caption_engine.h"
#include "model/service/message.h"
#include "model/service/wakeup.h"

namespace dali {

// A window that somebody waits to have described.
class Description {
 public:
  explicit Description(ReceivedWindow window) : window_(std::move(window)) {}

  // Readable once it has ended: with a caption, or the reason why there is none.
  int ended() const { return ended_.descriptor(); }
  // The caption, or the error, as a message. Waits until it has ended.
  const Message& answer() const {
    has_ended_.wait(false);
    return answer_;
  }

 private:
  friend class DescriptionQueue;
  void end(Message answer);

  std::optional<ReceivedWindow> window_;  // the queue's; gone at the end
  std::stop_source stop_;
  Message answer_;  // written before has_ended_
  std::atomic<bool> has_ended_ = false;
  Wakeup ended_;
};

// Has windows described in the order in which they came, so many at a time, by threads of its own:
// an engine's helpers belong to the thread that calls it, and there are many more clients than can
// compute at once. Any thread may call it.
class DescriptionQueue {
 public:
  DescriptionQueue(const CaptionEngine& engine, int at_a_time);  // borrows the engine
  ~DescriptionQueue();  // stops what runs; what waits ends without a caption

  std::shared_ptr<Description> add(ReceivedWindow window);

  // It ends: within one token when it runs, at once when it waits.
  void cancel(const std::shared_ptr<Description>& description);

 private:
  void work(const std::stop_token& stop);

  const CaptionEngine& engine_;
  std::mutex mutex_;  // guards waiting_; held beside no other lock
  std::condition_variable_any has_work_;
  std::deque<std::shared_ptr<Description>> waiting_;
  std::vector<std::jthread> workers_;
};

}  // namespace dali
