// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/service/description_queue.h"

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

namespace dali {
namespace {

// What an engine throws, by its promise a CaptionError, is the answer, whatever it is.
Message answer_of(const CaptionEngine& engine, const ReceivedWindow& window,
                  const std::stop_token& stop) {
  try {
    return message_of(engine.describe(window.view(), window.request(), stop));
  } catch (const std::exception& error) {
    return error_message(error.what());
  } catch (...) {
    return error_message("the model failed without saying why");
  }
}

}  // namespace

void Description::end(Message answer) {
  window_.reset();
  answer_ = std::move(answer);
  has_ended_ = true;
  has_ended_.notify_all();
  ended_.signal();
}

DescriptionQueue::DescriptionQueue(const CaptionEngine& engine, int threads)
    : engine_(engine), threads_(threads), free_threads_(threads) {
  const std::lock_guard lock(mutex_);
  add_worker();
}

DescriptionQueue::~DescriptionQueue() {
  std::vector<std::jthread> workers;
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    workers.swap(workers_);
  }
  for (std::jthread& worker : workers) worker.request_stop();
  workers.clear();
  for (const auto& description : waiting_) description->end(message_of(Caption{}));
}

std::shared_ptr<Description> DescriptionQueue::add(ReceivedWindow window) {
  const int asked_for = window.request().threads;
  const int threads = asked_for == 0 ? threads_ : std::clamp(asked_for, 1, threads_);
  const auto description = std::make_shared<Description>(std::move(window), threads);
  const std::lock_guard lock(mutex_);
  waiting_.push_back(description);
  begin_what_fits();
  return description;
}

void DescriptionQueue::cancel(const std::shared_ptr<Description>& description) {
  description->stop_.request_stop();
  {
    const std::lock_guard lock(mutex_);
    const auto place = std::ranges::find(waiting_, description);
    if (place == waiting_.end()) return;  // it runs, or has ended
    waiting_.erase(place);
    begin_what_fits();  // it may have held up a smaller one
  }
  description->end(message_of(Caption{}));
}

void DescriptionQueue::add_worker() {
  workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

// The first that waits has its turn, so that small ones cannot keep a large one waiting for ever.
bool DescriptionQueue::next_fits() const {
  return !waiting_.empty() && waiting_.front()->threads_ <= free_threads_;
}

void DescriptionQueue::begin_what_fits() {
  if (!next_fits() || is_ending_) return;
  if (idle_workers_ > 0) {
    has_work_.notify_one();
  } else if (workers_.size() < static_cast<std::size_t>(threads_)) {
    try {
      add_worker();
    } catch (const std::system_error&) {
      // The system has no thread left: it waits for one of the workers that there are.
    }
  }
}

void DescriptionQueue::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_workers_;
    has_work_.wait(lock, stop, [this] { return next_fits(); });
    --idle_workers_;
    if (stop.stop_requested()) return;
    const std::shared_ptr<Description> description = std::move(waiting_.front());
    waiting_.pop_front();
    free_threads_ -= description->threads_;
    begin_what_fits();  // and another beside it
    lock.unlock();
    Message answer = [&] {
      const std::stop_callback end_it(stop, [&] { description->stop_.request_stop(); });
      return answer_of(engine_, *description->window_, description->stop_.get_token());
    }();
    description->end(std::move(answer));
    lock.lock();  // and held until it waits: free threads come with a worker
    free_threads_ += description->threads_;
  }
}

}  // namespace dali
