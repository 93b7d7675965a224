// SPDX-License-Identifier: LGPL-2.1-or-later
// The thread of a CaptionSession that asks the model.

#include <chrono>
#include <cinttypes>
#include <cstddef>
#include <functional>
#include <variant>
#include <vector>

#include "gst-plugin/session/caption_session.h"
#include "gst-plugin/session/window_story.h"

namespace dali {
namespace {

// How long nothing moves, while what is downstream holds an input back, before that is taken for a
// standstill. A slow source or model is none.
constexpr std::chrono::seconds kStandstill{3};

}  // namespace

void CaptionSession::work(const std::stop_token& stop) {
  try {
    ComputingThread computing;
    work_until_stopped(stop, computing);
  } catch (...) {
    // decide() has its own barrier, so this is memory running out between two windows.
    const std::lock_guard lock(mutex_);
    has_failed_ = true;
    room_.notify_all();
  }
}

bool CaptionSession::has_work() const {
  const bool needs_engine = queue_.begins_with_window();
  return !queue_.is_empty() && !(needs_engine && engine_state_ == EngineState::kLoading);
}

bool CaptionSession::wait_for_work(std::unique_lock<std::mutex>& lock,
                                   const std::stop_token& stop) {
  while (!stop.stop_requested() && !has_work()) {
    if (!cutter_.has_promises()) {
      work_.wait(lock, stop, [this] { return has_work() || cutter_.has_promises(); });
      continue;
    }
    const std::uint64_t arrivals = arrivals_;
    const bool has_moved = work_.wait_for(lock, stop, kStandstill, [&] {
      return has_work() || arrivals_ != arrivals || !cutter_.has_promises();
    });
    if (has_moved || stop.stop_requested() || (!is_downstream_[0] && !is_downstream_[1])) continue;
    trusts_gaps_ = true;
    log_.write(
        LogLevel::kInfo,
        "nothing moves while what is downstream holds an input back: gaps that the other one "
        "promised are believed from now on");
    cutter_.trust_promises();
    enqueue_closed();
  }
  return !stop.stop_requested();
}

int CaptionSession::windows_at_once() const {
  if (is_live()) return 1;
  return batch_ > 0 ? batch_ : engine_windows_;
}

std::vector<WindowQueue::Item> CaptionSession::take_work() {
  const bool is_window = queue_.begins_with_window();
  std::vector<WindowQueue::Item> items;
  items.push_back(queue_.pop());
  int more = is_window ? windows_at_once() - 1 : 0;
  while (more > 0 && !queue_.is_empty()) {
    if (queue_.begins_with_window()) --more;
    items.push_back(queue_.pop());
  }
  return items;
}

void CaptionSession::work_until_stopped(const std::stop_token& stop, ComputingThread& computing) {
  while (true) {
    std::unique_lock lock(mutex_);
    if (!wait_for_work(lock, stop)) return;
    std::vector<WindowQueue::Item> items = take_work();
    const bool may_wait = windows_at_once() > 1;
    const std::shared_ptr<const CaptionEngine> engine = engine_;
    const std::uint64_t epoch = epoch_;
    const ThreadPriority priority = priority_;
    describing_ = std::stop_source();
    const std::stop_token describing = describing_.get_token();
    lock.unlock();
    room_.notify_all();

    for (const WindowQueue::Item& item : items) {
      if (const auto* window = std::get_if<SampledWindow>(&item)) {
        log_.write(LogLevel::kDebug, "window %" PRIu64 " taken by the worker", window->id);
      }
    }
    const auto compute = [&](const std::function<void()>& work) { computing.run(priority, work); };
    const Describing by{.engine = engine.get(), .compute = compute, .may_wait = may_wait};
    std::vector<Decision> decisions = describer_.decide(items, epoch, by, describing);
    for (std::size_t number = 0; number < items.size(); ++number) {
      tell(decisions[number], std::get_if<SampledWindow>(&items[number]), describing);
    }
  }
}

void CaptionSession::tell(Decision& decision, const SampledWindow* window,
                          const std::stop_token& describing) {
  // What a stop cut off is no caption.
  if (describing.stop_requested()) {
    if (window) {
      log_.write(LogLevel::kDebug, "window %" PRIu64 " dropped: a flush or stop came meanwhile",
                 window->id);
    }
    return;
  }
  listener_.judge(decision);
  tell_decided(log_, decision, window);
  {
    const std::lock_guard counting(mutex_);
    stats_.count(decision);
  }
  listener_.decided(decision, window);
}

}  // namespace dali
