// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a model is served: the socket in the file system, and servers that come and go.
#include "model/service/model_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include "model/base/file_replacement.h"
#include "model/base/model_folders.h"
#include "model/service/engine_server.h"
#include "model/service/message.h"
#include "model/service/remote_engine.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_engine.h"
#include "tests/support/temporary_directory.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

std::string text_of(const RemoteEngine& engine) {
  return engine.describe(sound_of(kSound), {}, {}).text;
}

ScriptedEngine::Answer saying(const std::string& text) {
  return [text](const Window&, const CaptionRequest&, auto) { return Caption{.text = text}; };
}

// Nobody listens yet.
FileDescriptor bound_socket(const fs::path& path) {
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  ck_assert_uint_lt(path.native().size(), sizeof(address.sun_path));
  std::strcpy(address.sun_path, path.c_str());
  ck_assert_int_eq(
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  return socket;
}

// As a server that was killed leaves it: it exists, and nobody listens.
void leave_stale_socket(const fs::path& path) {
  bound_socket(path);
}

START_TEST(only_its_user_may_use_the_socket_which_goes_with_the_server) {
  const TemporaryDirectory folder;
  ::umask(0);
  {
    const ListeningSocket socket(folder / "x.sock");
    struct stat made = {};
    ck_assert_int_eq(::lstat((folder / "x.sock").c_str(), &made), 0);
    ck_assert(S_ISSOCK(made.st_mode));
    ck_assert_uint_eq(made.st_mode & 0777, 0600);
  }
  ck_assert(fs::is_empty(folder.path()));
}
END_TEST

START_TEST(a_socket_that_nobody_listens_at_is_replaced) {
  const TemporaryDirectory folder;
  leave_stale_socket(folder / "x.sock");
  const ScriptedEngine engine(saying("new"));
  const ListeningSocket socket(folder / "x.sock");
  EngineServer server(engine);
  server.accept_from(socket.descriptor());
  expect_text(text_of(RemoteEngine(folder / "x.sock")), "new");
}
END_TEST

START_TEST(a_socket_that_somebody_listens_at_stays) {
  const TemporaryDirectory folder;
  const ScriptedEngine engine(saying("first"));
  const ListeningSocket socket(folder / "x.sock");
  EngineServer server(engine);
  server.accept_from(socket.descriptor());
  expect_one_line_with(
      error_message_of<FileError>([&] { ListeningSocket again(folder / "x.sock"); }),
      "x.sock: another model is served there");
  expect_text(text_of(RemoteEngine(folder / "x.sock")), "first");
}
END_TEST

// It was stopped, and as many wait for it as may.
START_TEST(a_socket_whose_queue_is_full_stays) {
  const TemporaryDirectory folder;
  const FileDescriptor owner = bound_socket(folder / "x.sock");
  ck_assert_int_eq(::listen(owner.get(), 0), 0);
  const FileDescriptor waiting = connected_socket(folder / "x.sock");
  expect_one_line_with(
      error_message_of<FileError>([&] { ListeningSocket again(folder / "x.sock"); }),
      "x.sock: another model is served there");
}
END_TEST

START_TEST(anything_else_that_is_there_stays) {
  const TemporaryDirectory folder;
  write_file(folder / "notes", "of mine");
  fs::create_directory(folder / "models");
  fs::create_symlink(folder / "nowhere", folder / "link");
  for (const char* name : {"notes", "models", "link"}) {
    expect_one_line_with(error_message_of<FileError>([&] { ListeningSocket here(folder / name); }),
                         std::string(name) + ": something else than a socket is there");
  }
  expect_text(contents_of(folder / "notes"), "of mine");
  ck_assert(fs::is_symlink(folder / "link"));
  expect_one_line_with(
      error_message_of<FileError>([&] { ListeningSocket here(folder / "no/x.sock"); }),
      "no/x.sock: no model can be served there: No such file or directory");
}
END_TEST

START_TEST(what_took_the_place_of_a_socket_is_not_removed) {
  const TemporaryDirectory folder;
  std::optional<ListeningSocket> first(std::in_place, folder / "x.sock");
  fs::remove(folder / "x.sock");
  const ListeningSocket second(folder / "x.sock");
  first.reset();
  ck_assert(fs::is_socket(folder / "x.sock"));
}
END_TEST

// Of which 107 bytes fit into an address.
START_TEST(a_path_may_be_long) {
  const TemporaryDirectory folder;
  const fs::path deep = folder / std::string(100, 'd') / std::string(100, 'e');
  fs::create_directories(deep);
  const ScriptedEngine engine(saying("from afar"));
  const ListeningSocket socket(deep / "x.sock");
  EngineServer server(engine);
  server.accept_from(socket.descriptor());
  expect_text(text_of(RemoteEngine(deep / "x.sock")), "from afar");
  expect_one_line_with(
      error_message_of<FileError>([&] { ListeningSocket here(folder / std::string(200, 'n')); }),
      "File name too long");
}
END_TEST

START_TEST(a_place_where_nobody_serves_is_an_error_that_names_it) {
  const TemporaryDirectory folder;
  leave_stale_socket(folder / "stale.sock");
  write_file(folder / "file.sock", "no socket");
  expect_one_line_with(
      error_message_of<CaptionError>([&] { RemoteEngine engine(folder / "no.sock"); }),
      "no.sock: no model can be reached there: No such file or directory");
  expect_one_line_with(
      error_message_of<CaptionError>([&] { RemoteEngine engine(folder / "stale.sock"); }),
      "stale.sock: no model is served there now");
  expect_one_line_with(
      error_message_of<CaptionError>([&] { RemoteEngine engine(folder / "file.sock"); }),
      "file.sock: no model is served there now");
}
END_TEST

START_TEST(names_of_sockets_are_told_from_those_of_folders) {
  const TemporaryDirectory folder;
  leave_stale_socket(folder / "served");
  fs::create_directory(folder / "folder.sock");
  ck_assert(is_model_socket(folder / "served"));
  ck_assert(is_model_socket(folder / "not-there-now.sock"));
  ck_assert(!is_model_socket(folder / "folder.sock"));
  ck_assert(!is_model_socket(folder / "not-there"));
  ck_assert(!is_model_socket(folder.path()));
  ck_assert(!is_model_socket(""));
  // Without a separator it is the name of a model, unless it is there.
  fs::current_path(folder.path());
  expect_text(model_directory_named("served"), "served");
}
END_TEST

// The window that it had, and the next one while nobody is there, fail in a line; then all is well.
START_TEST(a_server_that_goes_fails_a_window_and_another_is_asked) {
  const TemporaryDirectory folder;
  const fs::path path = folder / "x.sock";
  const ScriptedEngine first(waits_for_stop);
  std::optional<ListeningSocket> socket(std::in_place, path);
  std::optional<EngineServer> server(std::in_place, first);
  server->accept_from(socket->descriptor());
  const RemoteEngine client(path);
  const std::jthread ender([&] {
    first.wait_until_begun(1);
    server.reset();
    socket.reset();
  });
  expect_one_line_with(error_message_of<CaptionError>([&] { text_of(client); }),
                       "x.sock: the model's server ");
  expect_one_line_with(error_message_of<CaptionError>([&] { text_of(client); }), "x.sock: ");
}
END_TEST

START_TEST(a_server_that_was_started_anew_costs_no_window) {
  const TemporaryDirectory folder;
  const fs::path path = folder / "x.sock";
  const ScriptedEngine first(saying("first"));
  const ScriptedEngine second(saying("second"));
  std::optional<ListeningSocket> socket(std::in_place, path);
  std::optional<EngineServer> server(std::in_place, first);
  server->accept_from(socket->descriptor());
  const RemoteEngine client(path);
  expect_text(text_of(client), "first");
  server.reset();
  socket.reset();
  expect_one_line_with(error_message_of<CaptionError>([&] { text_of(client); }),
                       "x.sock: no model can be reached there");
  socket.emplace(path);
  server.emplace(second);
  server->accept_from(socket->descriptor());
  expect_text(text_of(client), "second");
}
END_TEST

// What sends `answer` to whoever connects, and then says nothing until the client goes.
std::jthread strange_server(const ListeningSocket& socket, Message answer) {
  return std::jthread([descriptor = socket.descriptor(), answer = std::move(answer)] {
    const FileDescriptor client(::accept4(descriptor, nullptr, nullptr, SOCK_CLOEXEC));
    send(client, answer);
    wait_for_end(client);
  });
}

START_TEST(what_is_no_server_of_a_model_is_told_from_one) {
  const Message lines(64, std::byte{'\n'});
  const Message wrong_kind = message_of(Caption{.text = "no greeting"});
  Message cut = message_of(Welcome{.model_name = "x"});
  cut[4] = std::byte{9};  // its length: in the middle of the magic
  Message other_magic = message_of(Welcome{.model_name = "x"});
  other_magic[12] = std::byte{'X'};
  for (const Message& answer : {lines, wrong_kind, cut, other_magic}) {
    const TemporaryDirectory folder;
    const ListeningSocket socket(folder / "x.sock");
    const std::jthread server = strange_server(socket, answer);
    expect_one_line_with(
        error_message_of<CaptionError>([&] { RemoteEngine engine(folder / "x.sock"); }),
        "x.sock: is no server of a model that this program understands: it sends ");
  }
  const TemporaryDirectory folder;
  const ListeningSocket socket(folder / "x.sock");
  const std::jthread server =
      strange_server(socket, message_of(Welcome{.version = dali::kProtocolVersion + 1}));
  expect_one_line_with(
      error_message_of<CaptionError>([&] { RemoteEngine engine(folder / "x.sock"); }),
      "x.sock: the model's server is of another version of gst-dali");
}
END_TEST

// It was stopped in a debugger, or its machine has no time for it.
START_TEST(a_stop_ends_the_waiting_for_a_server_that_does_not_answer) {
  const TemporaryDirectory folder;
  const ListeningSocket socket(folder / "x.sock");
  const std::jthread server = strange_server(socket, message_of(Welcome{.model_name = "x"}));
  const RemoteEngine client(folder / "x.sock");
  std::stop_source stop;
  const std::jthread stopper([&] { stop.request_stop(); });
  expect_text(client.describe(sound_of(kSound), {}, stop.get_token()).text, "");
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("model_socket");
  TCase* cases = tcase_create("model_socket");
  tcase_add_test(cases, only_its_user_may_use_the_socket_which_goes_with_the_server);
  tcase_add_test(cases, a_socket_that_nobody_listens_at_is_replaced);
  tcase_add_test(cases, a_socket_that_somebody_listens_at_stays);
  tcase_add_test(cases, a_socket_whose_queue_is_full_stays);
  tcase_add_test(cases, anything_else_that_is_there_stays);
  tcase_add_test(cases, what_took_the_place_of_a_socket_is_not_removed);
  tcase_add_test(cases, a_path_may_be_long);
  tcase_add_test(cases, a_place_where_nobody_serves_is_an_error_that_names_it);
  tcase_add_test(cases, names_of_sockets_are_told_from_those_of_folders);
  tcase_add_test(cases, a_server_that_goes_fails_a_window_and_another_is_asked);
  tcase_add_test(cases, a_server_that_was_started_anew_costs_no_window);
  tcase_add_test(cases, what_is_no_server_of_a_model_is_told_from_one);
  tcase_add_test(cases, a_stop_ends_the_waiting_for_a_server_that_does_not_answer);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
