// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "model/captioner/caption_engine.h"
#include "model/service/message.h"
#include "model/service/wakeup.h"

namespace dali {

// A window that somebody waits to have described.
class Description {
 public:
  // `threads`: how many of the queue's it takes while it is described.
  Description(ReceivedWindow window, int threads) : threads_(threads), window_(std::move(window)) {}

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

  const int threads_;
  std::optional<ReceivedWindow> window_;  // the queue's; gone at the end
  std::stop_source stop_;
  Message answer_;  // written before has_ended_
  std::atomic<bool> has_ended_ = false;
  Wakeup ended_;
};

// Has windows described in the order in which they came, as many at a time as there are threads for
// by what their requests say: one that asks for all is alone. It has workers of its own that call
// the engine, as an engine's helpers belong to the thread that calls it, and there are many more
// clients than can compute at once. Any thread may call it.
class DescriptionQueue {
 public:
  DescriptionQueue(const CaptionEngine& engine, int threads);  // borrows the engine
  ~DescriptionQueue();  // stops what runs; what waits ends without a caption
  DescriptionQueue(const DescriptionQueue&) = delete;
  DescriptionQueue& operator=(const DescriptionQueue&) = delete;

  std::shared_ptr<Description> add(ReceivedWindow window);

  // It ends: within one token when it runs, at once when it waits.
  void cancel(const std::shared_ptr<Description>& description);

 private:
  void work(const std::stop_token& stop);
  void add_worker();       // with mutex_ held, as these
  void begin_what_fits();  // has a worker look at it
  bool next_fits() const;

  const CaptionEngine& engine_;
  const int threads_;
  std::mutex mutex_;  // guards what follows; held beside no other lock
  std::condition_variable_any has_work_;
  std::deque<std::shared_ptr<Description>> waiting_;
  int free_threads_;
  int idle_workers_ = 0;
  bool is_ending_ = false;
  std::vector<std::jthread> workers_;  // as many as were needed at a time, at most one a thread
};

}  // namespace dali
