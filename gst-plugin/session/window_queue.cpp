// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/window_queue.h"

#include <algorithm>
#include <utility>

namespace dali {

void WindowQueue::push(Item item) {
  const auto* passed = std::get_if<TimePassed>(&item);
  if (passed && !items_.empty() && std::holds_alternative<TimePassed>(items_.back())) {
    items_.back() = *passed;
    return;
  }
  if (std::holds_alternative<SampledWindow>(item)) ++waiting_windows_;
  items_.push_back(std::move(item));
}

WindowQueue::Item WindowQueue::pop() {
  Item item = std::move(items_.front());
  items_.pop_front();
  if (std::holds_alternative<SampledWindow>(item)) --waiting_windows_;
  return item;
}

bool WindowQueue::begins_with_window() const {
  return !items_.empty() && std::holds_alternative<SampledWindow>(items_.front());
}

std::optional<std::uint64_t> WindowQueue::drop_oldest_window() {
  const auto oldest = std::find_if(items_.begin(), items_.end(), [](const Item& item) {
    return std::holds_alternative<SampledWindow>(item);
  });
  if (oldest == items_.end()) return std::nullopt;
  const auto& window = std::get<SampledWindow>(*oldest);
  const std::uint64_t id = window.id;
  *oldest = DroppedWindow{.id = id, .span = window.span, .closed_at = window.closed_at};
  --waiting_windows_;
  return id;
}

void WindowQueue::clear() {
  items_.clear();
  waiting_windows_ = 0;
}

}  // namespace dali
