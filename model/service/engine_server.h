// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <thread>

#include "model/base/file_descriptor.h"
#include "model/captioner/caption_engine.h"
#include "model/service/served_connection.h"

namespace dali {

struct EngineServerLimits {
  // Clients at a time, each with a thread that sleeps while it has nothing to do; one more is told
  // so and refused.
  int connections = 256;
  // That compute, at most; 0: as many as the engine takes by itself. Windows whose requests leave
  // some of them are described beside each other.
  int threads = 0;
  // Of windows that wait or are on their way, together: a hundred with a picture of high
  // definition, or one of the largest pictures that there are. What does not fit waits to be taken.
  std::size_t window_bytes = std::size_t{1} << 30;
  // Whoever connects says what for, from its connection on; whoever does not holds a place that
  // others may want.
  std::chrono::milliseconds patience_for_hello = std::chrono::seconds(10);
  // From a message's first byte to its last, and until an answer is taken. The largest picture
  // takes a second.
  std::chrono::milliseconds patience_for_message = std::chrono::seconds(30);
};

// Serves a loaded model to RemoteEngines, which may be in other processes. A client may send what
// it likes: it can cost itself its connection, and nobody else anything but time.
//
// Windows are described in the order in which they came, with as many threads as they ask for: one
// behind the other where they ask for all, as is usual, and each is done as soon as the processors
// can. Those of files, which may wait, are described together where the engine gains by it,
// whichever client they come from. A client has one at a time on a connection: a stream that is
// live waits for what is not of a file, and begins beside what is.
class EngineServer {
 public:
  // Borrows the engine.
  explicit EngineServer(const CaptionEngine& engine, EngineServerLimits limits = {});
  // Whatever runs is stopped, and its client gets an error in a line. Returns when all that has
  // ended, within one token.
  ~EngineServer();
  EngineServer(const EngineServer&) = delete;
  EngineServer& operator=(const EngineServer&) = delete;

  // Accepts clients from now on; borrows the socket, which listens, until this goes.
  void accept_from(int listening);

  // A client whose connection was made otherwise, as of a socketpair. Takes it. Any thread.
  void serve(FileDescriptor connection);

 private:
  // One that was accepted and what it runs in.
  struct Client {
    bool has_gone = false;  // mutex_
    std::jthread thread;
  };

  void accept_clients(int listening);
  void converse_with(Client& client, FileDescriptor connection);

  const std::size_t most_clients_;
  ServedModel model_;
  std::mutex mutex_;  // guards clients_; held beside no other lock
  std::list<Client> clients_;
  std::list<std::jthread> acceptors_;  // of whoever made this
};

}  // namespace dali
