// SPDX-License-Identifier: LGPL-2.1-or-later
// A served model whose clients break the protocol or go in the middle.

#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "model/service/engine_server.h"
#include "model/service/message.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_engine.h"

namespace dali {
namespace {

// The message with a number at `place` in its body replaced.
template <typename Number>
Message forged(Message message, std::size_t place, Number number) {
  std::memcpy(message.data() + MessageHeader::kBytes + place, &number, sizeof(number));
  return message;
}

// Of so many bytes as it says, and of these.
Message raw_message(std::uint32_t kind, std::uint32_t length, std::size_t bytes) {
  Message message(MessageHeader::kBytes + bytes);
  std::memcpy(message.data(), &kind, sizeof(kind));
  std::memcpy(message.data() + sizeof(kind), &length, sizeof(length));
  return message;
}

START_TEST(bytes_that_are_no_message_cost_their_client_the_connection) {
  const ScriptedEngine engine(says_hello);
  EngineServer server(engine);
  const auto kDescribe = static_cast<std::uint32_t>(MessageKind::kDescribe);
  // Of describe_sound(): where its modality, its yes and no, and its number of samples lie.
  constexpr std::size_t kModality = 0;
  constexpr std::size_t kHasQuestion = 1;
  constexpr std::size_t kMayWait = 19;
  constexpr std::size_t kHasAudio = 20;
  constexpr std::size_t kSamples = 21;
  const FrameView frame{.pixels = {}, .width_px = 0, .height_px = 1, .stride_bytes = 0};
  const Message picture = describe_message({.audio = {}, .frame = frame}, {});
  constexpr std::size_t kWidth = 22;
  struct Row {
    Message bytes;
    const char* why;
  };
  const std::vector<Row> rows = {
      {Message(64, std::byte{0}), "a message of kind 0"},
      {Message(64, std::byte{'A'}), "a message of kind 1094795585"},
      {raw_message(kDescribe, std::numeric_limits<std::uint32_t>::max(), 0), "4294967295 bytes"},
      {raw_message(kDescribe, 0, 0), "a message that ends too early"},
      {raw_message(kDescribe, 40, 40), "goes on behind its end"},
      {message_of(Hello{}), "no question"},
      {message_of(Caption{}), "no question"},
      {raw_message(static_cast<std::uint32_t>(MessageKind::kCancel), 1, 1), "1 bytes"},
      {forged<std::uint8_t>(describe_sound(), kModality, 4), "a modality of number 4"},
      {forged<std::uint8_t>(describe_sound(), kHasQuestion, 2), "neither yes nor no"},
      {forged<std::uint8_t>(describe_sound(), kMayWait, 2), "neither yes nor no"},
      {forged<std::uint8_t>(describe_sound(), kHasAudio, 0), "neither yes nor no"},
      {forged<std::uint32_t>(describe_sound(), kSamples, 4), "ends too early"},
      {forged<std::uint32_t>(describe_sound(), kSamples, 2), "goes on behind its end"},
      {forged<std::uint32_t>(describe_sound(), kSamples, 0xffffffff), "4294967295 samples"},
      {forged<int>(picture, kWidth, 1), "ends too early"},
      {forged<int>(picture, kWidth, std::numeric_limits<int>::max()), "a picture of 2147483647 x"},
  };
  for (const Row& row : rows) {
    const FileDescriptor socket = greeted(server);
    send(socket, row.bytes);
    expect_refusal(socket, "the client sends ");
    expect_good_service(server);
  }
  // And says why.
  for (const Row& row : rows) {
    const FileDescriptor socket = greeted(server);
    send(socket, row.bytes);
    expect_refusal(socket, row.why);
  }
}
END_TEST

START_TEST(whoever_does_not_greet_is_not_answered) {
  const ScriptedEngine engine(says_hello);
  EngineServer server(engine);
  const FileDescriptor without_greeting = connection_to(server);
  send(without_greeting, describe_sound());
  expect_refusal(without_greeting, "no greeting");
  const FileDescriptor stranger = connection_to(server);
  send(stranger, forged<std::uint32_t>(message_of(Hello{}), 0, 3));
  expect_refusal(stranger, "no client of a model");
  const FileDescriptor newer = connection_to(server);
  send(newer, message_of(Hello{.version = dali::kProtocolVersion + 1}));
  expect_refusal(newer, "another version of gst-dali");
  ck_assert_int_eq(engine.begun(), 0);
  expect_good_service(server);
}
END_TEST

// Whatever comes, and wherever it ends.
START_TEST(noise_harms_nobody) {
  const ScriptedEngine engine(says_hello);
  EngineServer server(engine);
  std::mt19937 random(static_cast<unsigned>(_i));
  for (int round = 0; round < 20; ++round) {
    const FileDescriptor socket = round % 2 == 0 ? greeted(server) : connection_to(server);
    Message bytes = round % 4 == 0 ? describe_sound() : Message(random() % 200);
    for (std::byte& byte : bytes) {
      if (round % 4 != 0 || random() % 16 == 0) byte = static_cast<std::byte>(random());
    }
    send(socket, bytes);
    if (random() % 2 == 0) ::shutdown(socket.get(), SHUT_WR);
  }
  expect_good_service(server);
}
END_TEST

START_TEST(a_client_that_goes_stops_its_window) {
  Gate is_stopped;
  const ScriptedEngine engine([&](const Window& window, const CaptionRequest&, auto stop) {
    if (window.audio->size() > 3) return Caption{.text = "hello"};
    const Caption nothing = waits_for_stop({}, {}, stop);
    is_stopped.open();
    return nothing;
  });
  EngineServer server(engine);
  {
    const FileDescriptor socket = greeted(server);
    send(socket, describe_sound());
    engine.wait_until_begun(1);
  }
  is_stopped.wait();
  // In the middle of what it asks.
  {
    const FileDescriptor socket = greeted(server);
    const Message message = describe_sound();
    send(socket, std::span(message).first(message.size() / 2));
  }
  const PairedEngine client(server);
  expect_text(client->describe(sound_of(std::vector<float>(4)), {}, {}).text, "hello");
  ck_assert_int_eq(engine.begun(), 2);
}
END_TEST

START_TEST(a_question_before_the_answer_stops_its_window) {
  const ScriptedEngine engine(waits_for_stop);
  EngineServer server(engine);
  const FileDescriptor socket = greeted(server);
  send(socket, describe_sound());
  engine.wait_until_begun(1);
  send(socket, describe_sound());
  expect_refusal(socket, "a question before the answer");
}
END_TEST

// One that came as the answer left.
START_TEST(a_cancel_that_is_about_nothing_is_nothing) {
  const ScriptedEngine engine(says_hello);
  EngineServer server(engine);
  const FileDescriptor socket = greeted(server);
  for (int i = 0; i < 3; ++i) send(socket, cancel_message());
  send(socket, describe_sound());
  ck_assert(receive(socket).header.kind == MessageKind::kCaption);
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("hostile_clients");
  TCase* cases = tcase_create("hostile_clients");
  tcase_add_test(cases, bytes_that_are_no_message_cost_their_client_the_connection);
  tcase_add_test(cases, whoever_does_not_greet_is_not_answered);
  tcase_add_loop_test(cases, noise_harms_nobody, 0, 20);
  tcase_add_test(cases, a_client_that_goes_stops_its_window);
  tcase_add_test(cases, a_question_before_the_answer_stops_its_window);
  tcase_add_test(cases, a_cancel_that_is_about_nothing_is_nothing);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
