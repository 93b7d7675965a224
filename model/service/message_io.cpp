// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/service/message_io.h"

#include <array>

namespace dali {

Transfer receive_message(int socket, ReceivedMessage& message, const Patience& patience) {
  std::array<std::byte, MessageHeader::kBytes> bytes;
  if (const Transfer got = receive_all(socket, bytes, patience); got != Transfer::kDone) {
    return got;
  }
  const MessageHeader header = MessageHeader::read(bytes);
  message.kind = header.kind;
  message.length = header.length;
  message.bytes = std::make_unique_for_overwrite<std::byte[]>(message.length);
  return receive_all(socket, {message.bytes.get(), message.length}, patience);
}

}  // namespace dali
