// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <utility>

#include "model/base/file_descriptor.h"
#include "model/captioner/caption_engine.h"
#include "model/service/description_queue.h"
#include "model/service/memory_budget.h"
#include "model/service/message.h"
#include "model/service/message_io.h"
#include "model/service/socket_io.h"
#include "model/service/wakeup.h"

namespace dali {

// What the connections of a server have in common. Any thread.
struct ServedModel {
  const CaptionEngine& engine;                   // borrowed
  int threads = 0;                               // for who asks for no number; 0: the engine's own
  int most_threads = 1;                          // for who asks for one
  std::chrono::milliseconds patience_for_hello;  // from the connection on
  std::chrono::milliseconds patience_for_message;  // from its first byte to its last
  MemoryBudget windows;                            // that are being received or wait
  DescriptionQueue queue;
  Wakeup stop;  // signalled when the server ends
};

// One client of a served model, whatever it sends. One thread.
class ServedConnection {
 public:
  // Takes the socket; borrows the model.
  ServedConnection(FileDescriptor socket, ServedModel& model)
      : socket_(std::move(socket)), model_(model) {}

  // Until the client goes or breaks the protocol, or the server ends. Throws nothing.
  void converse() noexcept;

 private:
  class Asked;
  enum class Next { kGoOn, kEnd };
  enum class Ended { kAnswered, kServerEnds, kClientGone };

  void greet_and_answer();
  bool greet();
  Next describe(ReceivedMessage message, MemoryBudget::Share memory);
  Ended wait_for_end(const Asked& asked);
  bool send(const Message& message);
  void say_last(const char* what, const char* detail = "") noexcept;

  Patience patience_for_message() const;

  FileDescriptor socket_;
  ServedModel& model_;
};

}  // namespace dali
