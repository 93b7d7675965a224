// SPDX-License-Identifier: LGPL-2.1-or-later
// A served model whose clients break the protocol, hang, go in the middle or come by the thousand.

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "model/service/engine_server.h"
#include "model/service/message.h"
#include "model/service/message_io.h"
#include "model/service/model_socket.h"
#include "tests/model/scripted_engine.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace dali {
namespace {

using namespace std::chrono_literals;

const std::vector<float> kSound = {0.5F, -0.25F, 1.0F};

Caption says_hello(const Window&, const CaptionRequest&, const std::stop_token&) {
  return {.text = "hello"};
}

Message describe_sound() {
  return describe_message(sound_of(kSound), {});
}

void send(const FileDescriptor& socket, std::span<const std::byte> bytes) {
  static_cast<void>(send_all(socket.get(), bytes, {}));  // the server may have gone by then
}

ReceivedMessage receive(const FileDescriptor& socket) {
  ReceivedMessage message;
  ck_assert(receive_message(socket.get(), message, {}) == Transfer::kDone);
  return message;
}

// A client that has been greeted.
FileDescriptor greeted(EngineServer& server) {
  FileDescriptor socket = connection_to(server);
  send(socket, message_of(Hello{}));
  ck_assert(receive(socket).header.kind == MessageKind::kWelcome);
  return socket;
}

// Everything up to the end of the connection, which comes.
void wait_for_end(const FileDescriptor& socket) {
  std::byte ignored;
  while (receive_all(socket.get(), {&ignored, 1}, {}) == Transfer::kDone) {
  }
}

// The server says why and closes.
void expect_refusal(const FileDescriptor& socket, const std::string& why) {
  const ReceivedMessage message = receive(socket);
  ck_assert(message.header.kind == MessageKind::kError);
  expect_one_line_with(read_error(message.body()), why);
  wait_for_end(socket);
}

void expect_good_service(EngineServer& server) {
  const PairedEngine client(server);
  expect_text(client->describe(sound_of(kSound), {}, {}).text, "hello");
}

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
  constexpr std::size_t kHasAudio = 17;
  constexpr std::size_t kSamples = 18;
  const FrameView frame{.pixels = {}, .width_px = 0, .height_px = 1, .stride_bytes = 0};
  const Message picture = describe_message({.audio = {}, .frame = frame}, {});
  constexpr std::size_t kWidth = 19;
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
      {forged<std::uint8_t>(describe_sound(), kHasAudio, 0), "neither yes nor no"},
      {forged<std::uint32_t>(describe_sound(), kSamples, 4), "ends too early"},
      {forged<std::uint32_t>(describe_sound(), kSamples, 2), "neither yes nor no"},
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
  send(newer, message_of(Hello{.version = 2}));
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
    Gate never;
    never.wait(stop);
    is_stopped.open();
    return Caption{};
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
  const ScriptedEngine engine([&](const Window&, const CaptionRequest&, auto stop) {
    Gate never;
    never.wait(stop);
    return Caption{};
  });
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

START_TEST(clients_that_send_half_a_message_hold_nobody_and_are_given_up) {
  const ScriptedEngine engine(says_hello);
  EngineServer server(engine, {.patience_for_hello = 50ms, .patience_for_message = 50ms});
  const FileDescriptor silent = connection_to(server);
  const FileDescriptor half_a_greeting = connection_to(server);
  const Message greeting = message_of(Hello{});
  send(half_a_greeting, std::span(greeting).first(3));
  const FileDescriptor half_a_header = greeted(server);
  const FileDescriptor half_a_window = greeted(server);
  const Message window = describe_sound();
  send(half_a_header, std::span(window).first(5));
  send(half_a_window, std::span(window).first(window.size() - 1));
  expect_good_service(server);
  for (const FileDescriptor* socket : {&silent, &half_a_greeting, &half_a_header, &half_a_window}) {
    wait_for_end(*socket);
  }
  ck_assert_int_eq(engine.begun(), 1);
}
END_TEST

// Who has said what for may be silent for as long as it likes: a live stream is, in silence.
START_TEST(a_client_that_waits_between_windows_is_kept) {
  const ScriptedEngine engine(says_hello);
  EngineServer server(engine, {.patience_for_hello = 10ms, .patience_for_message = 10ms});
  const FileDescriptor quiet = [&] {
    while (true) {  // a busy machine may take longer for a greeting
      FileDescriptor socket = connection_to(server);
      send(socket, message_of(Hello{}));
      ReceivedMessage message;
      if (receive_message(socket.get(), message, {}) == Transfer::kDone) return socket;
    }
  }();
  // Another client is given up meanwhile, that came later.
  wait_for_end(connection_to(server));
  ck_assert(wait_for_bytes(quiet.get(), for_so_long(0ms)) == Transfer::kLate);
}
END_TEST

START_TEST(a_thousand_connections_are_refused_or_served) {
  constexpr std::size_t kPlaces = 20;
  const ScriptedEngine engine(says_hello);
  EngineServer server(engine, {.connections = kPlaces});
  std::vector<FileDescriptor> clients;
  for (std::size_t i = 0; i < kPlaces; ++i) clients.push_back(greeted(server));
  for (int i = 0; i < 1000; ++i) {
    const FileDescriptor socket = connection_to(server);
    if (i % 2 == 0) send(socket, message_of(Hello{}));
    expect_refusal(socket, "the model has 20 clients already");
  }
  expect_one_line_with(error_message_of<CaptionError>([&] { const PairedEngine one_more(server); }),
                       "the pair: the model has 20 clients already");
  for (const FileDescriptor& socket : clients) send(socket, describe_sound());
  for (const FileDescriptor& socket : clients) {
    ck_assert(receive(socket).header.kind == MessageKind::kCaption);
  }
  // And a place is free again once its client has gone and the server has seen it.
  clients.clear();
  while (true) {
    const FileDescriptor socket = connection_to(server);
    send(socket, message_of(Hello{}));
    if (receive(socket).header.kind == MessageKind::kWelcome) break;
  }
}
END_TEST

START_TEST(a_server_without_descriptors_goes_on_when_there_are_some) {
  const TemporaryDirectory folder;
  const ScriptedEngine engine(says_hello);
  const ListeningSocket listening(folder / "x.sock");
  EngineServer server(engine);
  server.accept_from(listening.descriptor());
  const FileDescriptor client = connected_socket(folder / "x.sock");
  send(client, message_of(Hello{}));
  ck_assert(receive(client).header.kind == MessageKind::kWelcome);
  // The next one's is the last that there may be.
  rlimit limit = {};
  ck_assert_int_eq(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const FileDescriptor waiting(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit tight = limit;
  tight.rlim_cur = static_cast<rlim_t>(waiting.get()) + 1;
  ck_assert_int_eq(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  const std::string path = (folder / "x.sock").string();
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ck_assert_int_eq(
      ::connect(waiting.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  send(waiting, message_of(Hello{}));
  // A window needs a descriptor as well, and is refused in words.
  send(client, describe_sound());
  expect_refusal(client, "the model's server fails: ");
  ck_assert_int_eq(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  ck_assert(receive(waiting).header.kind == MessageKind::kWelcome);
}
END_TEST

START_TEST(windows_wait_for_memory_that_others_have) {
  Gate gate;
  const ScriptedEngine engine([&](const Window&, const CaptionRequest&, auto) {
    gate.wait();
    return Caption{.text = "hello"};
  });
  const std::size_t bytes = describe_sound().size();
  EngineServer server(engine, {.window_bytes = bytes + 1});
  const FileDescriptor first = greeted(server);
  const FileDescriptor second = greeted(server);
  send(first, describe_sound());
  engine.wait_until_begun(1);
  send(second, describe_sound());
  gate.open();
  ck_assert(receive(first).header.kind == MessageKind::kCaption);
  ck_assert(receive(second).header.kind == MessageKind::kCaption);
}
END_TEST

START_TEST(a_window_for_which_there_is_no_memory_is_refused_in_words) {
  const ScriptedEngine engine(says_hello);
  EngineServer server(engine, {.window_bytes = 10, .patience_for_message = 50ms});
  const FileDescriptor socket = greeted(server);
  send(socket, describe_sound());
  expect_refusal(socket, "too many windows waiting for its memory");
  ck_assert_int_eq(engine.begun(), 0);
}
END_TEST

// Whatever its clients do at that time.
START_TEST(a_server_ends_while_clients_hang) {
  const ScriptedEngine engine([&](const Window&, const CaptionRequest&, auto stop) {
    Gate never;
    never.wait(stop);
    return Caption{};
  });
  const Message window = describe_sound();
  std::vector<FileDescriptor> clients;
  {
    EngineServer server(engine);
    clients.push_back(connection_to(server));
    clients.push_back(greeted(server));
    clients.push_back(greeted(server));
    send(clients.back(), std::span(window).first(20));
    for (int i = 0; i < 3; ++i) {
      clients.push_back(greeted(server));
      send(clients.back(), window);
    }
    engine.wait_until_begun(1);
  }
  // One that was being described is told so.
  int told = 0;
  for (const FileDescriptor& socket : clients) {
    ReceivedMessage message;
    if (receive_message(socket.get(), message, {}) != Transfer::kDone) continue;
    ck_assert(message.header.kind == MessageKind::kError);
    expect_one_line_with(read_error(message.body()), "the model's server is ending");
    ++told;
  }
  ck_assert_int_ge(told, 1);
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
  tcase_add_test(cases, clients_that_send_half_a_message_hold_nobody_and_are_given_up);
  tcase_add_test(cases, a_client_that_waits_between_windows_is_kept);
  tcase_add_test(cases, a_thousand_connections_are_refused_or_served);
  tcase_add_test(cases, a_server_without_descriptors_goes_on_when_there_are_some);
  tcase_add_test(cases, windows_wait_for_memory_that_others_have);
  tcase_add_test(cases, a_window_for_which_there_is_no_memory_is_refused_in_words);
  tcase_add_test(cases, a_server_ends_while_clients_hang);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
