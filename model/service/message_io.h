// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "model/service/message.h"
#include "model/service/socket_io.h"

namespace dali {

struct ReceivedMessage {
  MessageHeader header = {};
  std::unique_ptr<std::byte[]> bytes;  // header.length of them

  std::span<const std::byte> body() const { return {bytes.get(), header.length}; }
};

// The next message in two steps; what its header says is at most what its kind allows. Memory for
// the body is touched as its bytes come, not before. Both throw ProtocolError, the body
// std::bad_alloc.
Transfer receive_header(int socket, ReceivedMessage& message, const Patience& patience);
Transfer receive_body(int socket, ReceivedMessage& message, const Patience& patience);

// And in one.
Transfer receive_message(int socket, ReceivedMessage& message, const Patience& patience);

}  // namespace dali
