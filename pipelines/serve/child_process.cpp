// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gio/gio.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "command/narration.h"
#include "pipelines/serve/exception_barrier.h"
#include "pipelines/serve/glib_handles.h"

namespace dali {
namespace {

constexpr int kThirdDescriptor = 3;
constexpr gsize kReadAtOnce = 4096;
constexpr int kNotConfined = 126;

// Another number for an open file, that the launcher takes.
int duplicate(int descriptor) {
  const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw std::system_error(errno, std::generic_category(), "cannot hand on a file");
  return copy;
}

ObjectHandle<GSubprocessLauncher> launcher_for(const ChildProcess::Command& command,
                                               const Confinement& confinement) {
  const int flags =
      G_SUBPROCESS_FLAGS_STDERR_PIPE | (command.output < 0 ? G_SUBPROCESS_FLAGS_STDOUT_PIPE : 0);
  ObjectHandle<GSubprocessLauncher> launcher(
      g_subprocess_launcher_new(static_cast<GSubprocessFlags>(flags)));
  if (command.output >= 0) {
    g_subprocess_launcher_take_stdout_fd(launcher.get(), duplicate(command.output));
  }
  if (command.third >= 0) {
    g_subprocess_launcher_take_fd(launcher.get(), duplicate(command.third), kThirdDescriptor);
  }
  const auto enter = [](gpointer data) {
    if (!static_cast<const Confinement*>(data)->enter()) ::_exit(kNotConfined);
  };
  g_subprocess_launcher_set_child_setup(launcher.get(), enter,
                                        const_cast<Confinement*>(&confinement), nullptr);
  // What the service manager says to this process alone.
  for (const char* ours : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET"}) {
    g_subprocess_launcher_unsetenv(launcher.get(), ours);
  }
  return launcher;
}

}  // namespace

// What the callbacks share: it lives until the last of them was called.
struct ChildProcess::Run {
  using Holder = std::shared_ptr<Run>;

  ObjectHandle<GSubprocess> process;
  ObjectHandle<GCancellable> reading{g_cancellable_new()};
  pid_t group = 0;  // 0: not known
  Listener listener;
  Ending ending;
  int pending = 0;  // of the process's end and its streams, those that have not come
  bool has_ended = false;

  void kill() const {
    if (!has_ended && group > 0) ::kill(-group, SIGKILL);
  }

  static void come_to_an_end(const Holder& run) {
    if (--run->pending > 0) return;
    const auto tell = std::exchange(run->listener.ended, nullptr);
    run->listener = {};
    if (tell) tell(run->ending);
  }

  static void read_on(const Holder& run, GInputStream* stream) {
    g_input_stream_read_bytes_async(stream, kReadAtOnce, G_PRIORITY_DEFAULT, run->reading.get(),
                                    have_read, new Holder(run));
  }

  static void have_read(GObject* stream, GAsyncResult* result, gpointer data) {
    const std::unique_ptr<Holder> holder(static_cast<Holder*>(data));
    const Holder& run = *holder;
    g_autoptr(GBytes) bytes =
        g_input_stream_read_bytes_finish(G_INPUT_STREAM(stream), result, nullptr);
    no_exception_escapes([&] {
      gsize size = 0;
      const void* const said = bytes == nullptr ? nullptr : g_bytes_get_data(bytes, &size);
      if (size == 0) return come_to_an_end(run);
      // A copy, as the listener may go while it is told.
      const bool is_output =
          stream == reinterpret_cast<GObject*>(g_subprocess_get_stdout_pipe(run->process.get()));
      const auto tell = is_output ? run->listener.output : run->listener.errors;
      // One that throws is told of the rest all the same, and of the end.
      no_exception_escapes([&] {
        if (tell) tell({static_cast<const char*>(said), size});
      });
      read_on(run, G_INPUT_STREAM(stream));
    });
  }

  static void have_waited(GObject* object, GAsyncResult* result, gpointer data) {
    const std::unique_ptr<Holder> holder(static_cast<Holder*>(data));
    const Holder& run = *holder;
    auto* const process = G_SUBPROCESS(object);
    g_subprocess_wait_finish(process, result, nullptr);
    no_exception_escapes([&] {
      // What it started and left would hold the pipes open.
      run->kill();
      run->has_ended = true;
      if (g_subprocess_get_if_signaled(process) != FALSE) {
        run->ending.signal = g_subprocess_get_term_sig(process);
      } else {
        run->ending.exit_status = g_subprocess_get_exit_status(process);
      }
      come_to_an_end(run);
    });
  }
};

ChildProcess::ChildProcess(const Command& command, const Confinement& confinement,
                           Listener listener)
    : run_(std::make_shared<Run>()) {
  const auto launcher = launcher_for(command, confinement);
  std::vector<const char*> words;
  for (const std::string& word : command.words) words.push_back(word.c_str());
  words.push_back(nullptr);
  narrate("starts {}", fmt::join(command.words, " "));
  g_autoptr(GError) error = nullptr;
  run_->process.reset(g_subprocess_launcher_spawnv(launcher.get(), words.data(), &error));
  if (!run_->process) throw std::runtime_error(error->message);
  // None: it has ended already.
  const char* const number = g_subprocess_get_identifier(run_->process.get());
  run_->group = number == nullptr ? 0 : std::atoi(number);
  run_->listener = std::move(listener);
  run_->pending = command.output < 0 ? 3 : 2;
  Run::read_on(run_, g_subprocess_get_stderr_pipe(run_->process.get()));
  if (command.output < 0) Run::read_on(run_, g_subprocess_get_stdout_pipe(run_->process.get()));
  g_subprocess_wait_async(run_->process.get(), nullptr, Run::have_waited, new Run::Holder(run_));
}

ChildProcess::~ChildProcess() {
  run_->listener = {};
  run_->kill();
}

void ChildProcess::kill() const {
  run_->kill();
}

std::string text_of(const ChildProcess::Ending& ending) {
  return ending.signal != 0
             ? fmt::format("ended with signal {} ({})", ending.signal, ::strsignal(ending.signal))
             : fmt::format("ended with status {}", ending.exit_status);
}

}  // namespace dali
