// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/service/message_io.h"

#include <array>

namespace dali {

Transfer receive_header(int socket, ReceivedMessage& message, const Patience& patience) {
  std::array<std::byte, MessageHeader::kBytes> bytes;
  if (const Transfer got = receive_all(socket, bytes, patience); got != Transfer::kDone) {
    return got;
  }
  message.header = MessageHeader::read(bytes);
  return Transfer::kDone;
}

Transfer receive_body(int socket, ReceivedMessage& message, const Patience& patience) {
  message.bytes = std::make_unique_for_overwrite<std::byte[]>(message.header.length);
  return receive_all(socket, {message.bytes.get(), message.header.length}, patience);
}

Transfer receive_message(int socket, ReceivedMessage& message, const Patience& patience) {
  const Transfer transfer = receive_header(socket, message, patience);
  return transfer == Transfer::kDone ? receive_body(socket, message, patience) : transfer;
}

}  // namespace dali
