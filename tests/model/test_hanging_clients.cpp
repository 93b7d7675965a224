// SPDX-License-Identifier: LGPL-2.1-or-later
// A served model whose clients hang, or come by the thousand, and what of the machine it has for
// them.

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "model/service/engine_server.h"
#include "model/service/message.h"
#include "model/service/message_io.h"
#include "model/service/model_socket.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_engine.h"
#include "tests/support/temporary_directory.h"

namespace dali {
namespace {

using namespace std::chrono_literals;

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
  const ScriptedEngine engine(waits_for_stop);
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
  Suite* suite = suite_create("hanging_clients");
  TCase* cases = tcase_create("hanging_clients");
  tcase_add_test(cases, clients_that_send_half_a_message_hold_nobody_and_are_given_up);
  tcase_add_test(cases, a_client_that_waits_between_windows_is_kept);
  tcase_add_test(cases, a_thousand_connections_are_refused_or_served);
#ifdef __SANITIZE_ADDRESS__
  std::puts(
      "a_server_without_descriptors_goes_on_when_there_are_some is left out: the sanitizer needs "
      "descriptors of its own");
#else
  tcase_add_test(cases, a_server_without_descriptors_goes_on_when_there_are_some);
#endif
  tcase_add_test(cases, windows_wait_for_memory_that_others_have);
  tcase_add_test(cases, a_window_for_which_there_is_no_memory_is_refused_in_words);
  tcase_add_test(cases, a_server_ends_while_clients_hang);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
