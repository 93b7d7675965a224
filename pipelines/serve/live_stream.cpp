// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/live_stream.h"

#include "pipelines/serve/connections.h"
#include "pipelines/serve/responses.h"

namespace dali {
namespace {

// Of events that a client has not taken: it is far behind, or stopped.
constexpr std::uint64_t kMostBehindBytes = std::uint64_t{1} << 20;
// Proxies on the way close connections that say nothing.
constexpr guint kHeartbeatSeconds = 15;

}  // namespace

LiveStream::LiveStream(SoupServerMessage* message, LiveFeed& feed, Form form,
                       std::string_view last_id)
    : message_(message), feed_(feed), form_(form) {
  const bool is_events = form == Form::kEvents;
  respond(message, 200, is_events ? "text/event-stream" : "application/x-ndjson", "");
  SoupMessageBody* const body = soup_server_message_get_response_body(message);
  soup_message_body_truncate(body);  // it has only begun
  soup_message_body_set_accumulate(body, FALSE);
  soup_message_headers_set_encoding(soup_server_message_get_response_headers(message),
                                    SOUP_ENCODING_CHUNKED);
  // The header goes out at once, also where nothing has happened yet.
  append(is_events ? "retry: 2000\n\n" : "\n");
  for (const LiveFeed::Event& event : feed.since(last_id)) send(event);
  subscription_ = feed.watch([this](const LiveFeed::Event& event) { send(event); });
  if (!is_events) return;
  const auto beat = [](gpointer self) -> gboolean {
    static_cast<LiveStream*>(self)->append(":\n\n");
    return G_SOURCE_CONTINUE;
  };
  heartbeat_ = LoopSource(g_timeout_add_seconds(kHeartbeatSeconds, beat, this));
}

void LiveStream::send(const LiveFeed::Event& event) {
  append(form_ == Form::kEvents
             ? "id: " + event.id + "\nevent: " + event.type + "\ndata: " + event.data + "\n\n"
             : event.data + "\n");
  if (feed_.has_ended()) end();
}

void LiveStream::append(const std::string& text) {
  if (has_ended_) return;
  soup_message_body_append(soup_server_message_get_response_body(message_), SOUP_MEMORY_COPY,
                           text.data(), text.size());
  sent_bytes_ += text.size();
  if (sent_bytes_ - written_bytes_ > kMostBehindBytes) {
    has_ended_ = true;
    if (Connection* const connection = Connections::of(message_)) connection->cut();
  }
  soup_server_message_unpause(message_);
}

void LiveStream::end() {
  if (has_ended_) return;
  has_ended_ = true;
  soup_message_body_complete(soup_server_message_get_response_body(message_));
  soup_server_message_unpause(message_);
}

}  // namespace dali
