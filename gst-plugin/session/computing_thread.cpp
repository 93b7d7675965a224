// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/computing_thread.h"

#include <pthread.h>

#include <utility>

namespace dali {

ComputingThread::~ComputingThread() {
  end();
}

void ComputingThread::run(ThreadPriority priority, const std::function<void()>& work) {
  // What is lowered cannot rise: another priority is another thread.
  if (priority != priority_) end();
  priority_ = priority;
  if (!thread_.joinable()) thread_ = std::thread([this] { work_until_ended(); });
  std::unique_lock lock(mutex_);
  work_ = &work;
  changed_.notify_all();
  changed_.wait(lock, [this] { return work_ == nullptr; });
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ComputingThread::end() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
  is_ending_ = false;
}

void ComputingThread::work_until_ended() {
  pthread_setname_np(pthread_self(), "dali-model");
  lower_own_priority(priority_);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return work_ != nullptr || is_ending_; });
    if (work_ == nullptr) return;
    lock.unlock();
    std::exception_ptr failure;
    try {
      (*work_)();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    failure_ = std::move(failure);
    work_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace dali
