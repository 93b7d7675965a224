// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <libsoup/soup.h>

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines/serve/glib_handles.h"
#include "pipelines/serve/live_source.h"

namespace dali {

// All live sources, and the WebSockets that watch them. On the thread of the main loop.
class LiveHub {
 public:
  LiveHub() = default;
  ~LiveHub();
  LiveHub(const LiveHub&) = delete;
  LiveHub& operator=(const LiveHub&) = delete;

  // Throws std::runtime_error when there is one of that name.
  void add(std::unique_ptr<LiveSource> source);
  void start_all();

  // Throws RequestError when there is none.
  LiveSource& source(std::string_view name) const;
  const std::vector<std::unique_ptr<LiveSource>>& sources() const { return sources_; }

  // {"sources": [{"name": ..., "state": ...}]}
  std::string json() const;

  // A message of text for each event, from the one after `last_id` on.
  void serve(SoupWebsocketConnection* connection, LiveSource& source, std::string_view last_id);

  // Watchers get to know, and their connections are ended.
  void end_all();

 private:
  struct Socket {
    LiveHub* hub;
    ObjectHandle<SoupWebsocketConnection> connection;
    LiveFeed::Subscription subscription;
  };

  std::vector<std::unique_ptr<LiveSource>> sources_;
  std::list<Socket> sockets_;
};

}  // namespace dali
