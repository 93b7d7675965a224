// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/service/engine_server.h"

#include <sys/socket.h>

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

ServedModel served_model(const CaptionEngine& engine, const EngineServerLimits& limits) {
  return {.welcome = {.model_name = engine.model_name(),
                      .description = engine.description(),
                      .precision = engine.precision()},
          .most_threads = limits.threads > 0 ? limits.threads : usable_processors()};
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
    : limits_(limits),
      model_(served_model(engine, limits)),
      queue_(engine, limits.descriptions_at_a_time) {}

EngineServer::~EngineServer() {
  stop_.signal();
  acceptors_.clear();  // first, so that nobody comes any more
  clients_.clear();
}

void EngineServer::accept_from(int listening) {
  acceptors_.emplace_back([this, listening] { accept_clients(listening); });
}

void EngineServer::accept_clients(int listening) {
  while (true) {
    const Transfer waited = wait_for_bytes(listening, {.interruption = stop_.descriptor()});
    if (waited == Transfer::kInterrupted) return;
    FileDescriptor connection(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.is_open()) {
      serve(std::move(connection));
    } else if (is_of_means(errno)) {
      static_cast<void>(wait_for_bytes(stop_.descriptor(), for_so_long(kPauseWithoutMeans)));
    } else if (!is_of_one_client(errno)) {
      return;  // no socket that listens
    }
  }
}

void EngineServer::serve(FileDescriptor connection) {
  const std::lock_guard lock(mutex_);
  clients_.remove_if([](const Client& client) { return client.has_gone; });
  if (clients_.size() >= static_cast<std::size_t>(limits_.connections)) {
    refuse(connection, "the model has " + std::to_string(limits_.connections) +
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
  ServedConnection(std::move(connection), model_, queue_, stop_.descriptor()).converse();
  const std::lock_guard lock(mutex_);
  client.has_gone = true;
}

}  // namespace dali
