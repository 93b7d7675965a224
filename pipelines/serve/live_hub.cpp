// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/live_hub.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "model/base/in_quotes.h"
#include "pipelines/serve/exception_barrier.h"
#include "pipelines/serve/request_error.h"

namespace dali {
namespace {

constexpr guint kPingSeconds = 15;  // so that proxies keep it, and one that is dead is noticed
constexpr guint64 kMostIncomingBytes = 4096;  // nothing is expected

void send_event(SoupWebsocketConnection* connection, const LiveFeed::Event& event) {
  if (soup_websocket_connection_get_state(connection) == SOUP_WEBSOCKET_STATE_OPEN) {
    soup_websocket_connection_send_text(connection, event.data.c_str());
  }
}

}  // namespace

LiveHub::~LiveHub() {
  for (Socket& socket : sockets_) {
    g_signal_handlers_disconnect_by_data(socket.connection.get(), &socket);
  }
}

void LiveHub::add(std::unique_ptr<LiveSource> source) {
  for (const auto& other : sources_) {
    if (other->name() == source->name()) {
      throw std::runtime_error("--source " + source->name() + " stands twice");
    }
  }
  sources_.push_back(std::move(source));
}

void LiveHub::start_all() {
  for (const auto& source : sources_) source->start();
}

LiveSource& LiveHub::source(std::string_view name) const {
  const auto found = std::find_if(sources_.begin(), sources_.end(),
                                  [&](const auto& each) { return each->name() == name; });
  if (found == sources_.end()) {
    throw RequestError(404, "not_found", "There is no live source " + in_quotes(name) + ".");
  }
  return **found;
}

std::string LiveHub::json() const {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& source : sources_) {
    list.push_back({{"name", source->name()}, {"state", source->state()}});
  }
  return nlohmann::ordered_json{{"sources", list}}.dump() + '\n';
}

void LiveHub::serve(SoupWebsocketConnection* connection, LiveSource& source,
                    std::string_view last_id) {
  soup_websocket_connection_set_keepalive_interval(connection, kPingSeconds);
  soup_websocket_connection_set_max_incoming_payload_size(connection, kMostIncomingBytes);
  for (const LiveFeed::Event& event : source.feed().since(last_id)) send_event(connection, event);
  sockets_.push_back({this, new_reference(connection), nullptr});
  Socket& socket = sockets_.back();
  socket.subscription = source.feed().watch([&feed = source.feed(), connection](const auto& event) {
    send_event(connection, event);
    const bool is_open =
        soup_websocket_connection_get_state(connection) == SOUP_WEBSOCKET_STATE_OPEN;
    if (feed.has_ended() && is_open) {
      soup_websocket_connection_close(connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, nullptr);
    }
  });
  const auto closed = +[](SoupWebsocketConnection*, gpointer data) {
    no_exception_escapes([&] {
      auto* const gone = static_cast<Socket*>(data);
      gone->hub->sockets_.remove_if([&](const Socket& each) { return &each == gone; });
    });
  };
  g_signal_connect(connection, "closed", G_CALLBACK(closed), &socket);
}

void LiveHub::end_all() {
  for (const auto& source : sources_) source->end();
}

}  // namespace dali
