// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <libsoup/soup.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "pipelines/serve/glib_handles.h"
#include "pipelines/serve/live_feed.h"

namespace dali {

// An answer that goes on as long as its source does: server-sent events, or a line of JSON each. On
// the thread of the main loop.
class LiveStream {
 public:
  enum class Form { kEvents, kJsonLines };

  // Begins the answer of a message that waits for one, with what came after the event `last_id`.
  // Borrows both.
  LiveStream(SoupServerMessage* message, LiveFeed& feed, Form form, std::string_view last_id);
  LiveStream(const LiveStream&) = delete;
  LiveStream& operator=(const LiveStream&) = delete;

  // No more comes.
  void end();

  // So much of it was taken by the client.
  void note_written(std::uint64_t bytes) { written_bytes_ += bytes; }

 private:
  void send(const LiveFeed::Event& event);
  void append(const std::string& text);

  SoupServerMessage* const message_;
  LiveFeed& feed_;
  const Form form_;
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t written_bytes_ = 0;
  bool has_ended_ = false;
  LoopSource heartbeat_;
  LiveFeed::Subscription subscription_;
};

}  // namespace dali
