// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/http_front.h"

#include "pipelines/serve/exception_barrier.h"
#include "pipelines/serve/exchange.h"

namespace dali {
namespace {

constexpr const char* kLivePath = "/live";
constexpr const char* kExchangeKey = "dali-exchange";

Exchange* exchange_of(SoupServerMessage* message) {
  return static_cast<Exchange*>(g_object_get_data(G_OBJECT(message), kExchangeKey));
}

extern "C" void dali_serve_got_chunk(SoupServerMessage* message, GBytes* bytes, gpointer) {
  no_exception_escapes([&] {
    gsize size = 0;
    const void* const data = g_bytes_get_data(bytes, &size);
    exchange_of(message)->got_chunk({static_cast<const char*>(data), size});
  });
}

extern "C" void dali_serve_progress(SoupServerMessage* message, guint bytes, gpointer) {
  if (Connection* const connection = Connections::of(message)) connection->note_progress();
  exchange_of(message)->note_written(bytes);
}

extern "C" void dali_serve_finished(SoupServerMessage* message, gpointer) {
  no_exception_escapes([&] { exchange_of(message)->finished(); });
}

extern "C" void dali_serve_started(SoupServer*, SoupServerMessage* message, gpointer parts) {
  no_exception_escapes([&] {
    auto* const exchange = new Exchange(*static_cast<ServerParts*>(parts), message);
    g_object_set_data_full(G_OBJECT(message), kExchangeKey, exchange,
                           [](gpointer each) { delete static_cast<Exchange*>(each); });
    g_signal_connect(message, "got-chunk", G_CALLBACK(dali_serve_got_chunk), nullptr);
    g_signal_connect(message, "wrote-body-data", G_CALLBACK(dali_serve_progress), nullptr);
    g_signal_connect(message, "finished", G_CALLBACK(dali_serve_finished), nullptr);
  });
}

extern "C" void dali_serve_got_headers(SoupServer*, SoupServerMessage* message, const char*,
                                       GHashTable*, gpointer) {
  no_exception_escapes([&] { exchange_of(message)->got_headers(); });
}

extern "C" void dali_serve_got_body(SoupServer*, SoupServerMessage* message, const char*,
                                    GHashTable*, gpointer) {
  no_exception_escapes([&] { exchange_of(message)->got_body(); });
}

extern "C" void dali_serve_got_socket(SoupServer*, SoupServerMessage* message, const char*,
                                      SoupWebsocketConnection* connection, gpointer) {
  no_exception_escapes([&] { exchange_of(message)->became(connection); });
}

}  // namespace

HttpFront::HttpFront(ServerParts& parts)
    : parts_(parts),
      server_(soup_server_new("server-header", "dali-serve/" DALI_VERSION, nullptr)) {
  g_signal_connect(server_.get(), "request-started", G_CALLBACK(dali_serve_started), &parts_);
  // The places that can become WebSockets have handlers of their own.
  for (const char* path : {static_cast<const char*>(nullptr), kLivePath}) {
    soup_server_add_early_handler(server_.get(), path, dali_serve_got_headers, nullptr, nullptr);
    soup_server_add_handler(server_.get(), path, dali_serve_got_body, nullptr, nullptr);
  }
  soup_server_add_websocket_handler(server_.get(), kLivePath, nullptr, nullptr,
                                    dali_serve_got_socket, nullptr, nullptr);
}

HttpFront::~HttpFront() {
  soup_server_disconnect(server_.get());
}

}  // namespace dali
