// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <utility>

#include "model/service/description_queue.h"
#include "model/service/file_descriptor.h"
#include "model/service/message.h"
#include "model/service/message_io.h"

namespace dali {

// What a client gets to know and may have.
struct ServedModel {
  Welcome welcome;
  int most_threads = 1;  // that a request computes with
};

// One client of a served model, whatever it sends. One thread.
class ServedConnection {
 public:
  // Takes the socket; borrows the rest. `stop`: of a Wakeup, which ends it.
  ServedConnection(FileDescriptor socket, const ServedModel& model, DescriptionQueue& queue,
                   int stop)
      : socket_(std::move(socket)), model_(model), queue_(queue), stop_(stop) {}

  // Until the client goes or breaks the protocol, or the server ends. Throws nothing.
  void converse() noexcept;

 private:
  class Asked;
  enum class Next { kGoOn, kEnd };
  enum class Ended { kAnswered, kServerEnds, kClientGone };

  void greet_and_answer();
  bool greet();
  Next describe(ReceivedMessage message);
  Ended wait_for_end(const Asked& asked);
  bool send(const Message& message);
  void say_last(const char* what, const char* detail = "") noexcept;

  FileDescriptor socket_;
  const ServedModel& model_;
  DescriptionQueue& queue_;
  const int stop_;
};

}  // namespace dali
