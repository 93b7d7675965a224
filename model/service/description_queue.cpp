// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/service/description_queue.h"

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

namespace dali {
namespace {

// What an engine throws, by its promise a CaptionError, is the answer, whatever it is.
Message answer_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error_message(error.what());
  } catch (...) {
    return error_message("the model failed without saying why");
  }
}

Message answer_of(const Described& described) {
  return described.failure ? answer_of(described.failure) : message_of(described.caption);
}

}  // namespace

void Description::end(Message answer) {
  answer_ = std::move(answer);
  has_ended_ = true;
  has_ended_.notify_all();
  ended_.signal();
}

DescriptionQueue::DescriptionQueue(const CaptionEngine& engine, int threads)
    : engine_(engine), threads_(threads) {
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
  const std::lock_guard lock(mutex_);
  const auto place = std::ranges::find(waiting_, description);
  if (place != waiting_.end()) {
    description->window_.reset();
    waiting_.erase(place);
    begin_what_fits();  // it may have held up a smaller one
  } else if (!description->runs_with_others_) {
    return;  // it has ended, or does within a token
  }
  if (!description->has_ended_) description->end(message_of(Caption{}));
}

void DescriptionQueue::add_worker() {
  workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

int& DescriptionQueue::threads_taken(bool may_wait) {
  return may_wait ? taken_by_patient_ : taken_by_impatient_;
}

// Of each kind the first that waits has its turn, so that small ones cannot keep a large one
// waiting for ever, nor one kind the other.
DescriptionQueue::Waiting::iterator DescriptionQueue::next_that_fits() {
  for (const bool may_wait : {false, true}) {
    const auto first = std::ranges::find_if(
        waiting_, [&](const auto& waiting) { return waiting->may_wait_ == may_wait; });
    const bool fits =
        first != waiting_.end() && (*first)->threads_ <= threads_ - threads_taken(may_wait);
    if (fits) return first;
  }
  return waiting_.end();
}

bool DescriptionQueue::next_fits() {
  return next_that_fits() != waiting_.end();
}

void DescriptionQueue::begin_what_fits() {
  if (!next_fits() || is_ending_) return;
  if (idle_workers_ > 0) {
    has_work_.notify_one();
  } else if (workers_.size() < 2 * static_cast<std::size_t>(threads_)) {
    try {
      add_worker();
    } catch (const std::system_error&) {
      // The system has no thread left: it waits for one of the workers that there are.
    }
  }
}

// The next, and those of its kind behind it that go with it.
DescriptionQueue::Batch DescriptionQueue::take_batch() {
  Batch batch;
  auto place = next_that_fits();
  const bool may_wait = (*place)->may_wait_;
  const int threads = (*place)->threads_;
  const int most = may_wait ? engine_.windows_at_once() : 1;
  while (place != waiting_.end() && batch.size() < static_cast<std::size_t>(most)) {
    if ((*place)->may_wait_ != may_wait) {
      ++place;
      continue;
    }
    if ((*place)->threads_ != threads) break;
    batch.push_back(std::move(*place));
    place = waiting_.erase(place);
  }
  for (const auto& description : batch) description->runs_with_others_ = batch.size() > 1;
  return batch;
}

void DescriptionQueue::describe(const Batch& batch, const std::stop_token& stop) {
  const std::stop_callback end_all(stop, [&] {
    for (const auto& description : batch) description->stop_.request_stop();
  });
  std::vector<Described> described(batch.size());
  try {
    std::vector<WindowToDescribe> windows;
    for (const auto& description : batch) {
      const ReceivedWindow& received = *description->window_;
      windows.push_back({.window = received.view(),
                         .request = received.request(),
                         .stop = description->stop_.get_token()});
    }
    described = engine_.describe_together(windows);
  } catch (...) {
    for (Described& one : described) one.failure = std::current_exception();
  }
  for (std::size_t number = 0; number < batch.size(); ++number) {
    Message answer = answer_of(described[number]);
    batch[number]->window_.reset();  // its memory is free before its client sends another
    const std::lock_guard lock(mutex_);
    batch[number]->runs_with_others_ = false;
    if (!batch[number]->has_ended_) batch[number]->end(std::move(answer));
  }
}

void DescriptionQueue::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_workers_;
    has_work_.wait(lock, stop, [this] { return next_fits(); });
    --idle_workers_;
    if (stop.stop_requested()) return;
    const Batch batch = take_batch();
    const int threads = batch.front()->threads_;
    int& taken = threads_taken(batch.front()->may_wait_);
    taken += threads;
    begin_what_fits();  // and another beside it
    lock.unlock();
    describe(batch, stop);
    lock.lock();  // and held until it waits: free threads come with a worker
    taken -= threads;
  }
}

}  // namespace dali
