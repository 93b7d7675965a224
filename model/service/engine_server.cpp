// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/service/engine_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "model/base/processors.h"
#include "model/service/message.h"
#include "model/service/socket_io.h"

namespace dali {
namespace {

using namespace std::chrono_literals;

// Until descriptors or memory are there again that accept() found none of.
constexpr auto kPauseWithoutMeans = 100ms;

// The engine's own number is that of the user where there is one, which may be more than there are
// processors.
int most_threads(const EngineServerLimits& limits) {
  if (limits.threads > 0) return limits.threads;
  return std::max(usable_processors(), threads_asked_for());
}

// As far as that goes at once.
void refuse(const FileDescriptor& connection, const std::string& why) {
  static_cast<void>(send_all(connection.get(), error_message(why), for_so_long(0ms)));
}

bool is_of_one_client(int error) {
  return error == EINTR || error == EAGAIN || error == ECONNABORTED || error == EPROTO;
}

bool is_of_means(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

EngineServer::EngineServer(const CaptionEngine& engine, EngineServerLimits limits)
    : most_clients_(static_cast<std::size_t>(limits.connections)),
      model_{.engine = engine,
             .threads = limits.threads,
             .most_threads = most_threads(limits),
             .patience_for_hello = limits.patience_for_hello,
             .patience_for_message = limits.patience_for_message,
             .windows = MemoryBudget(limits.window_bytes),
             .queue = DescriptionQueue(engine, most_threads(limits)),
             .stop = Wakeup()} {}

EngineServer::~EngineServer() {
  model_.stop.signal();
  model_.windows.close();
  acceptors_.clear();  // first, so that nobody comes any more
  clients_.clear();
}

void EngineServer::accept_from(int listening) {
  acceptors_.emplace_back([this, listening] { accept_clients(listening); });
}

void EngineServer::accept_clients(int listening) {
  while (true) {
    const Transfer waited = wait_for_bytes(listening, {.interruption = model_.stop.descriptor()});
    if (waited == Transfer::kInterrupted) return;
    FileDescriptor connection(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.is_open()) {
      serve(std::move(connection));
    } else if (is_of_means(errno)) {
      static_cast<void>(wait_for_bytes(model_.stop.descriptor(), for_so_long(kPauseWithoutMeans)));
    } else if (!is_of_one_client(errno)) {
      return;  // no socket that listens
    }
  }
}

void EngineServer::serve(FileDescriptor connection) {
  const std::lock_guard lock(mutex_);
  clients_.remove_if([](const Client& client) { return client.has_gone; });
  if (clients_.size() >= most_clients_) {
    refuse(connection, "the model has " + std::to_string(most_clients_) +
                           " clients already, as many as its server takes");
    return;
  }
  Client& client = clients_.emplace_back();
  // Kept here as well, for the case that there is no thread that it could go to.
  const auto handed_on = std::make_shared<FileDescriptor>(std::move(connection));
  try {
    client.thread =
        std::jthread([this, &client, handed_on] { converse_with(client, std::move(*handed_on)); });
  } catch (const std::system_error&) {
    refuse(*handed_on, "the model's server has no thread left for another client");
    clients_.pop_back();
  }
}

void EngineServer::converse_with(Client& client, FileDescriptor connection) {
  ServedConnection(std::move(connection), model_).converse();
  const std::lock_guard lock(mutex_);
  client.has_gone = true;
}

}  // namespace dali
