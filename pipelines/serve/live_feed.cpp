// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/live_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "pipelines/serve/job.h"

namespace dali {

LiveFeed::LiveFeed() : epoch_(unguessable_id().substr(0, 8)) {}

void LiveFeed::add(const std::string& type, const std::string& fields) {
  Event event{.number = ++last_number_,
              .id = fmt::format("{}-{}", epoch_, last_number_),
              .type = type,
              .data = {}};
  event.data = fmt::format("{{\"id\":\"{}\",\"type\":\"{}\",{}}}", event.id, type, fields);
  events_.push_back(event);
  if (events_.size() > kMostKept) events_.pop_front();
  const std::vector<std::weak_ptr<Watcher>> told = watchers_;
  for (const auto& each : told) {
    if (const std::shared_ptr<Watcher> watcher = each.lock()) (*watcher)(event);
  }
}

void LiveFeed::end(const std::string& type, const std::string& fields) {
  has_ended_ = true;
  add(type, fields);
}

std::vector<LiveFeed::Event> LiveFeed::since(std::string_view id) const {
  std::uint64_t number = 0;
  const std::string beginning = epoch_ + "-";
  if (id.starts_with(beginning)) {
    const std::string_view digits = id.substr(beginning.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
  }
  std::vector<Event> events;
  for (const Event& event : events_) {
    if (event.number > number) events.push_back(event);
  }
  return events;
}

LiveFeed::Subscription LiveFeed::watch(Watcher watcher) {
  auto held = std::make_shared<Watcher>(std::move(watcher));
  std::erase_if(watchers_, [](const auto& each) { return each.expired(); });
  watchers_.push_back(held);
  return held;
}

std::size_t LiveFeed::watchers() const {
  std::erase_if(watchers_, [](const auto& each) { return each.expired(); });
  return watchers_.size();
}

}  // namespace dali
