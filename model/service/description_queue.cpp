// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/service/description_queue.h"

#include <algorithm>
#include <exception>
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

DescriptionQueue::DescriptionQueue(const CaptionEngine& engine, int at_a_time) : engine_(engine) {
  for (int i = 0; i < at_a_time; ++i) {
    workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

DescriptionQueue::~DescriptionQueue() {
  for (std::jthread& worker : workers_) worker.request_stop();
  workers_.clear();
  for (const auto& description : waiting_) description->end(message_of(Caption{}));
}

std::shared_ptr<Description> DescriptionQueue::add(ReceivedWindow window) {
  const auto description = std::make_shared<Description>(std::move(window));
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(description);
  }
  has_work_.notify_one();
  return description;
}

void DescriptionQueue::cancel(const std::shared_ptr<Description>& description) {
  description->stop_.request_stop();
  {
    const std::lock_guard lock(mutex_);
    const auto place = std::ranges::find(waiting_, description);
    if (place == waiting_.end()) return;  // it runs, or has ended
    waiting_.erase(place);
  }
  description->end(message_of(Caption{}));
}

void DescriptionQueue::work(const std::stop_token& stop) {
  while (true) {
    std::shared_ptr<Description> description;
    {
      std::unique_lock lock(mutex_);
      if (!has_work_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
      if (stop.stop_requested()) return;
      description = std::move(waiting_.front());
      waiting_.pop_front();
    }
    const std::stop_callback end_it(stop, [&] { description->stop_.request_stop(); });
    description->end(answer_of(engine_, *description->window_, description->stop_.get_token()));
  }
}

}  // namespace dali
