// SPDX-License-Identifier: LGPL-2.1-or-later
// Clients of a served model that send what they like, byte by byte.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "model/service/engine_server.h"
#include "model/service/message.h"
#include "model/service/message_io.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/error_message.h"
#include "tests/support/scripted_engine.h"

namespace dali {

inline Caption says_hello(const Window&, const CaptionRequest&, const std::stop_token&) {
  return {.text = "hello"};
}

inline Message describe_sound() {
  return describe_message(sound_of(kSound), {});
}

inline void send(const FileDescriptor& socket, std::span<const std::byte> bytes) {
  static_cast<void>(send_all(socket.get(), bytes, {}));  // the server may have gone by then
}

inline ReceivedMessage receive(const FileDescriptor& socket) {
  ReceivedMessage message;
  ck_assert(receive_message(socket.get(), message, {}) == Transfer::kDone);
  return message;
}

// A client that has been greeted.
inline FileDescriptor greeted(EngineServer& server) {
  FileDescriptor socket = connection_to(server);
  send(socket, message_of(Hello{}));
  ck_assert(receive(socket).header.kind == MessageKind::kWelcome);
  return socket;
}

// Everything up to the end of the connection, which comes.
inline void wait_for_end(const FileDescriptor& socket) {
  std::byte ignored;
  while (receive_all(socket.get(), {&ignored, 1}, {}) == Transfer::kDone) {
  }
}

// The server says why and closes.
inline void expect_refusal(const FileDescriptor& socket, const std::string& why) {
  const ReceivedMessage message = receive(socket);
  ck_assert(message.header.kind == MessageKind::kError);
  expect_one_line_with(read_error(message.body()), why);
  wait_for_end(socket);
}

inline void expect_good_service(EngineServer& server) {
  const PairedEngine client(server);
  expect_text(client->describe(sound_of(kSound), {}, {}).text, "hello");
}

}  // namespace dali
