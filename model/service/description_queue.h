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
  Description(ReceivedWindow window, int threads)
      : threads_(threads), may_wait_(window.request().may_wait), window_(std::move(window)) {}

  // Readable once it has ended: with a caption, or the reason why there is none.
  int ended() const { return ended_.descriptor(); }
  // The caption, or the error, as a message. Waits until it has ended.
  const Message& answer() const {
    has_ended_.wait(false);
    return answer_;
  }

 private:
  friend class DescriptionQueue;
  void end(Message answer);  // once

  const int threads_;
  const bool may_wait_;                   // as the request has it
  std::optional<ReceivedWindow> window_;  // the queue's; gone when nothing looks at it any more
  bool runs_with_others_ = false;         // DescriptionQueue::mutex_
  std::stop_source stop_;
  Message answer_;  // written before has_ended_
  std::atomic<bool> has_ended_ = false;
  Wakeup ended_;
};

// Has windows described in the order in which they came, as many at a time as there are threads for
// by what their requests say: one that asks for all is alone. Of those that may wait, as many as
// the engine has something to gain by are described together, as one. They and those that may not
// wait never wait for each other: each of the two kinds has its own turn, and all threads. It has
// workers of its own that call the engine, as an engine's helpers belong to the thread that calls
// it, and there are many more clients than can compute at once. Any thread may call it.
class DescriptionQueue {
 public:
  DescriptionQueue(const CaptionEngine& engine, int threads);  // borrows the engine
  ~DescriptionQueue();  // stops what runs; what waits ends without a caption
  DescriptionQueue(const DescriptionQueue&) = delete;
  DescriptionQueue& operator=(const DescriptionQueue&) = delete;

  std::shared_ptr<Description> add(ReceivedWindow window);

  // It ends: within one token when it runs, at once when it waits or others run with it.
  void cancel(const std::shared_ptr<Description>& description);

 private:
  using Batch = std::vector<std::shared_ptr<Description>>;
  using Waiting = std::deque<std::shared_ptr<Description>>;

  void work(const std::stop_token& stop);
  Batch take_batch();  // with mutex_ held
  void describe(const Batch& batch, const std::stop_token& stop);
  int& threads_taken(bool may_wait);  // with mutex_ held
  void add_worker();                  // with mutex_ held, as these
  void begin_what_fits();             // has a worker look at it
  Waiting::iterator next_that_fits();
  bool next_fits();

  const CaptionEngine& engine_;
  const int threads_;
  std::mutex mutex_;  // guards what follows; held beside no other lock
  std::condition_variable_any has_work_;
  Waiting waiting_;
  int taken_by_patient_ = 0;    // threads, of descriptions that may wait
  int taken_by_impatient_ = 0;  // of the others
  int idle_workers_ = 0;
  bool is_ending_ = false;
  // As many as were needed at a time: at most one a thread for each of the two kinds.
  std::vector<std::jthread> workers_;
};

}  // namespace dali
