// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "gst-plugin/session/thread_priority.h"

namespace dali {

// Runs what computes long in a thread of its own, at a priority of its own, which the helpers that
// are made there have too. Whoever asks waits and holds no lock meanwhile: a thread of low priority
// that is kept from its processor while it holds one would keep streaming threads waiting for it.
//
// The thread, "dali-model", and with it its helpers, stays until the priority is another or this
// ends. One thread at a time may call.
class ComputingThread {
 public:
  ComputingThread() = default;
  ~ComputingThread();
  ComputingThread(const ComputingThread&) = delete;
  ComputingThread& operator=(const ComputingThread&) = delete;

  // Returns when `work` has, and throws what it throws. Throws std::system_error when there can be
  // no thread.
  void run(ThreadPriority priority, const std::function<void()>& work);

 private:
  void end();
  void work_until_ended();

  std::mutex mutex_;  // guards what follows but the thread and its priority, which are the caller's
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;  // borrowed until it is done
  std::exception_ptr failure_;
  bool is_ending_ = false;
  ThreadPriority priority_ = ThreadPriority::kNormal;
  std::thread thread_;
};

}  // namespace dali
