// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "model/service/message.h"
#include "model/service/socket_io.h"

namespace dali {

struct ReceivedMessage {
  MessageKind kind = MessageKind::kError;
  std::unique_ptr<std::byte[]> bytes;
  std::size_t length = 0;

  std::span<const std::byte> body() const { return {bytes.get(), length}; }
};

// The next message, which may be at most as long as its kind allows; memory is touched as its bytes
// come, not before. Throws ProtocolError, and std::bad_alloc.
Transfer receive_message(int socket, ReceivedMessage& message, const Patience& patience);

}  // namespace dali
