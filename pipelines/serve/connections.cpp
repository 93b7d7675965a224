// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/connections.h"

#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "pipelines/serve/exception_barrier.h"

namespace dali {
namespace {

// The key under which an address, which libsoup hands back with each message, knows its connection.
constexpr const char* kConnectionKey = "dali-connection";
constexpr gint64 kSecond = G_USEC_PER_SEC;

// libsoup looks at the address of a client without a Host header, and only at those of the
// internet.
ObjectHandle<GSocketAddress> internet_address(GSocketAddress* address) {
  if (address != nullptr && G_IS_INET_SOCKET_ADDRESS(address)) return new_reference(address);
  return ObjectHandle<GSocketAddress>(g_inet_socket_address_new_from_string("127.0.0.1", 0));
}

// An address of its own for each connection, however many come from one place.
ObjectHandle<GSocketAddress> copy_of(GSocketAddress* address) {
  auto* const inet = G_INET_SOCKET_ADDRESS(address);
  return ObjectHandle<GSocketAddress>(g_inet_socket_address_new(
      g_inet_socket_address_get_address(inet), g_inet_socket_address_get_port(inet)));
}

}  // namespace

void Connection::enter(Phase phase) {
  phase_ = phase;
  since_us_ = g_get_monotonic_time();
  leaving_ = LoopSource();
  when_left = nullptr;
  if (phase != Phase::kAnswering || socket_ == nullptr) return;
  // libsoup reads nothing while it waits for an answer, and would not see that the client leaves.
  const auto left = [](gint, GIOCondition, gpointer self) -> gboolean {
    auto* const connection = static_cast<Connection*>(self);
    connection->leaving_.forget();
    no_exception_escapes([&] {
      if (const auto tell = std::exchange(connection->when_left, nullptr)) tell();
    });
    return G_SOURCE_REMOVE;
  };
  const auto condition = static_cast<GIOCondition>(POLLRDHUP | POLLHUP | POLLERR);
  leaving_ = LoopSource(g_unix_fd_add(g_socket_get_fd(socket_), condition, left, this));
}

void Connection::note_progress() {
  since_us_ = g_get_monotonic_time();
}

void Connection::cut() {
  if (socket_ != nullptr) g_socket_shutdown(socket_, TRUE, TRUE, nullptr);
}

Connections::Connections(SoupServer* server, const Limits& limits)
    : server_(server), limits_(limits) {
  const auto look = [](gpointer self) -> gboolean {
    static_cast<Connections*>(self)->cut_slow_ones();
    return G_SOURCE_CONTINUE;
  };
  looking_ = LoopSource(g_timeout_add_seconds(1, look, this));
}

Connections::~Connections() {
  // Streams that libsoup still has must not find what is gone.
  for (const auto& connection : connections_) connection->socket_ = nullptr;
}

void Connections::accept_from(ObjectHandle<GSocket> socket) {
  g_socket_set_blocking(socket.get(), FALSE);
  listeners_.push_back(std::make_unique<Listener>());
  listeners_.back()->socket = std::move(socket);
  listen(*listeners_.back());
}

void Connections::stop_accepting() {
  listeners_.clear();
}

void Connections::listen(Listener& listener) {
  struct Call {
    Connections* connections;
    Listener* listener;
  };
  const auto come = [](gint, GIOCondition, gpointer data) -> gboolean {
    const auto* const call = static_cast<Call*>(data);
    no_exception_escapes([&] { call->connections->accept_all(*call->listener); });
    return G_SOURCE_CONTINUE;
  };
  listener.source = LoopSource(g_unix_fd_add_full(
      G_PRIORITY_DEFAULT, g_socket_get_fd(listener.socket.get()), G_IO_IN, come,
      new Call{this, &listener}, [](gpointer data) { delete static_cast<Call*>(data); }));
}

void Connections::accept_all(Listener& listener) {
  g_autoptr(GError) error = nullptr;
  while (ObjectHandle<GSocket> socket{g_socket_accept(listener.socket.get(), nullptr, &error)}) {
    take(std::move(socket));
  }
  // Nobody waits, or a client had gone before it was taken: the loop tells of others.
  if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES)) return;
  // It stays in the socket's queue: looking again at once would only burn time.
  for (const auto& each : listeners_) each->source = LoopSource();
  const auto try_again = [](gpointer self) -> gboolean {
    auto* const connections = static_cast<Connections*>(self);
    connections->waiting_for_descriptors_.forget();
    for (const auto& each : connections->listeners_) connections->listen(*each);
    return G_SOURCE_REMOVE;
  };
  waiting_for_descriptors_ = LoopSource(g_timeout_add_seconds(1, try_again, this));
}

void Connections::take(ObjectHandle<GSocket> socket) {
  if (connections_.size() >= static_cast<std::size_t>(limits_.connections)) {
    ++turned_away_;
    constexpr std::string_view kFull =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
        "Content-Length: 0\r\n\r\n";
    g_socket_set_blocking(socket.get(), FALSE);
    g_socket_send(socket.get(), kFull.data(), kFull.size(), nullptr, nullptr);
    return;
  }
  // A client that takes nothing of what is sent, for ever.
  const auto patience_ms = static_cast<gint>(limits_.write_seconds * 1000);
  g_socket_set_option(socket.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, patience_ms, nullptr);
  const ObjectHandle<GSocketAddress> here(g_socket_get_local_address(socket.get(), nullptr));
  const ObjectHandle<GSocketAddress> there(g_socket_get_remote_address(socket.get(), nullptr));
  const auto local = internet_address(here.get());
  const auto remote = copy_of(internet_address(there.get()).get());
  const ObjectHandle<GSocketConnection> stream(
      g_socket_connection_factory_create_connection(socket.get()));

  auto connection = std::make_unique<Connection>();
  connection->socket_ = socket.get();
  connection->enter(Connection::Phase::kHeaders);
  g_object_set_data(G_OBJECT(remote.get()), kConnectionKey, connection.get());
  connections_.push_back(std::move(connection));

  // The stream is gone when libsoup is done with it, whichever way that comes. The address may
  // live on in a message.
  struct Leaving {
    Connections* connections;
    Connection* connection;
    ObjectHandle<GSocketAddress> address;
  };
  const auto gone = [](gpointer data, GObject*) {
    const std::unique_ptr<Leaving> leaving(static_cast<Leaving*>(data));
    g_object_set_data(G_OBJECT(leaving->address.get()), kConnectionKey, nullptr);
    leaving->connections->connections_.remove_if(
        [&](const auto& each) { return each.get() == leaving->connection; });
  };
  g_object_weak_ref(G_OBJECT(stream.get()), gone,
                    new Leaving{this, connections_.back().get(), new_reference(remote.get())});
  g_autoptr(GError) error = nullptr;
  soup_server_accept_iostream(server_, G_IO_STREAM(stream.get()), local.get(), remote.get(),
                              &error);
}

bool Connections::is_too_slow(const Connection& connection, std::int64_t now_us) const {
  const std::int64_t seconds = (now_us - connection.since_us_) / kSecond;
  switch (connection.phase_) {
    case Connection::Phase::kHeaders:
      return seconds >= limits_.header_seconds;
    case Connection::Phase::kBody:
      return seconds >= limits_.body_grace_seconds &&
             connection.body_bytes_ <
                 static_cast<std::uint64_t>(seconds) * limits_.body_bytes_a_second;
    case Connection::Phase::kWriting:
      return seconds >= limits_.write_seconds;
    case Connection::Phase::kAnswering:
      break;
  }
  return false;
}

void Connections::cut_slow_ones() {
  const std::int64_t now_us = g_get_monotonic_time();
  for (const auto& connection : connections_) {
    if (!is_too_slow(*connection, now_us)) continue;
    ++cut_for_slowness_;
    connection->note_progress();  // once
    connection->cut();
  }
}

Connection* Connections::of(SoupServerMessage* message) {
  GSocketAddress* const address = soup_server_message_get_remote_address(message);
  if (address == nullptr) return nullptr;
  return static_cast<Connection*>(g_object_get_data(G_OBJECT(address), kConnectionKey));
}

}  // namespace dali
