// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dali {

// What happens in one live source, for all who watch, with the last of it kept for those who come
// late. One thread.
class LiveFeed {
 public:
  struct Event {
    std::uint64_t number = 0;  // from 1
    std::string id;            // of no other event, of this server or one before it
    std::string type;          // "caption", "dropped", "state"
    std::string data;          // a JSON object on one line, which has id and type as well
  };
  using Watcher = std::function<void(const Event&)>;

  // Ends the watching when it goes.
  using Subscription = std::shared_ptr<void>;

  static constexpr std::size_t kMostKept = 1000;

  LiveFeed();

  // `fields`: the members of a JSON object, without braces.
  void add(const std::string& type, const std::string& fields);

  // No more comes; watchers are told by an event that is the last.
  void end(const std::string& type, const std::string& fields);
  bool has_ended() const { return has_ended_; }

  // What came after the event of that id, as far as it is kept; all of it where the id is not one
  // of this feed.
  std::vector<Event> since(std::string_view id) const;

  // Told of each event from now on. A watcher may end watching, its own and others'.
  [[nodiscard]] Subscription watch(Watcher watcher);
  std::size_t watchers() const;

 private:
  std::string epoch_;  // tells this server's events from those of one before
  std::uint64_t last_number_ = 0;
  bool has_ended_ = false;
  std::deque<Event> events_;
  mutable std::vector<std::weak_ptr<Watcher>> watchers_;
};

}  // namespace dali
