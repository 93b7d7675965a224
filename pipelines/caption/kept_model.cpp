// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/kept_model.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <system_error>

#include "command/stop_signal.h"
#include "gst-plugin/captioner/opened_model_library.h"
#include "model/base/embedded_model.h"
#include "model/base/file_descriptor.h"
#include "model/service/engine_server.h"
#include "model/service/model_socket.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// Also sent by the system when the parent goes; a handler of StopSignal's takes it.
constexpr int kAsksForEnd = SIGUSR1;

// Empty where there can be none.
fs::path new_folder() {
  std::error_code error;
  std::string name = (fs::temp_directory_path(error) / "dali-caption-XXXXXX").string();
  return error || ::mkdtemp(name.data()) == nullptr ? fs::path() : fs::path(name);
}

// With what is in it; it may have gone.
void remove_folder(const fs::path& folder) {
  std::error_code ignored;
  if (!folder.empty()) fs::remove_all(folder, ignored);
}

}  // namespace

KeptModel::KeptModel(const KeptModelRequest& request) : folder_(new_folder()) {
  if (folder_.empty()) return;
  socket_ = folder_ / "model.sock";
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return;
  const FileDescriptor is_ready(ends[0]);
  FileDescriptor ready(ends[1]);
  std::fflush(nullptr);  // else both processes would write what waits
  const pid_t parent = ::getpid();
  child_ = ::fork();
  if (child_ == 0) {
    StopSignal::take_from_parent();
    ::prctl(PR_SET_PDEATHSIG, kAsksForEnd);
    if (::getppid() == parent) keep(request, ready.get());
    remove_folder(folder_);  // of a parent that was killed
    ::_exit(0);              // what the parent holds is the parent's to take down
  }
  ready = FileDescriptor();  // the child's alone, so that its end can be read
  char byte = 0;
  ssize_t got = -1;
  do {
    got = ::read(is_ready.get(), &byte, 1);
  } while (got < 0 && errno == EINTR && StopSignal::received() == 0);
  // One that still loads hears nothing else.
  if (got != 1 && child_ > 0) ::kill(child_, SIGKILL);
  if (got != 1) end();
}

// In the child.
void KeptModel::keep(const KeptModelRequest& request, int ready) try {
  const ListeningSocket listening(socket_);
  const std::shared_ptr<const CaptionEngine> engine = opened_model_library().load(
      request.model.empty() ? embedded_model_directory() : request.model,
      {.device = request.device, .precision = request.precision});
  EngineServer server(*engine, {.threads = request.threads});
  server.accept_from(listening.descriptor());
  if (::write(ready, "!", 1) != 1) return;
  StopSignal::wait();
} catch (const std::exception&) {
  // The first who loads it says what is wrong with it.
}

bool KeptModel::is_there() {
  if (child_ > 0 && ::waitpid(child_, nullptr, WNOHANG) != 0) child_ = -1;  // it has gone
  return child_ > 0;
}

KeptModel::~KeptModel() {
  if (is_there()) ::kill(child_, kAsksForEnd);
  end();
}

void KeptModel::end() {
  while (child_ > 0 && ::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
  remove_folder(folder_);
}

}  // namespace dali
