// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <list>
#include <mutex>
#include <thread>

#include "model/captioner/caption_engine.h"
#include "model/service/description_queue.h"
#include "model/service/file_descriptor.h"
#include "model/service/served_connection.h"
#include "model/service/wakeup.h"

namespace dali {

struct EngineServerLimits {
  // Clients at a time, each with a thread that sleeps while it has nothing to do; one more is told
  // so and refused.
  int connections = 256;
  // Windows at a time; others wait in the order in which they came. One by one each is done as soon
  // as the processors can, and no client waits for more than one window of each other one.
  int descriptions_at_a_time = 1;
  // That a window is described with, at most; 0: the processors that this process may use.
  int threads = 0;
};

// Serves a loaded model to RemoteEngines, which may be in other processes. A client may send what
// it likes: it can cost itself its connection, and nobody else anything but time.
//
// Windows are described one behind the other in the order in which they came, and a client has one
// at a time on a connection: a stream that is live waits for what runs and for a window of each
// other client, not for all that a file has.
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

  const EngineServerLimits limits_;
  const ServedModel model_;
  const Wakeup stop_;
  DescriptionQueue queue_;
  std::mutex mutex_;  // guards clients_; held beside no other lock
  std::list<Client> clients_;
  std::list<std::jthread> acceptors_;  // of whoever made this
};

}  // namespace dali
