// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/apart.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "command/stop_signal.h"
#include "pipelines/caption/errors.h"

namespace dali {

ApartProcesses::ApartProcesses() {
  // Whoever ignores SIGCHLD hands that on to the programs that it starts, and then the kernel keeps
  // no child's status for its parent.
  ::signal(SIGCHLD, SIG_DFL);
}

void ApartProcesses::start(std::size_t number, const std::function<int()>& work) {
  std::fflush(nullptr);  // else both processes would write what waits
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw SetupError(std::string("cannot start a process: ") + std::strerror(errno));
  if (child == 0) {
    StopSignal::take_from_parent();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);  // it went before it could be watched
    const int status = work();
    std::fflush(nullptr);
    ::_exit(status);  // what the parent holds is the parent's to take down
  }
  numbers_.emplace(child, number);
  StopSignal::hand_on_to(child);
}

ApartProcesses::Ended ApartProcesses::wait() {
  int status = 0;
  pid_t child = 0;
  // Whoever started this program may have left it children of other origin.
  while (!numbers_.contains(child)) {
    child = ::waitpid(-1, &status, 0);
    if (child < 0 && errno != EINTR) {
      throw SetupError(std::string("cannot wait for a process: ") + std::strerror(errno));
    }
  }
  StopSignal::forget(child);
  Ended ended{.number = numbers_.at(child), .ending = {}};
  numbers_.erase(child);
  if (WIFSIGNALED(status)) {
    ended.ending.signal = WTERMSIG(status);
  } else {
    ended.ending.exit_status = WEXITSTATUS(status);
  }
  return ended;
}

std::string text_of_signal(int signal) {
  if (signal == SIGKILL) return "was killed, perhaps because memory ran out";
  return std::string("crashed (") + ::strsignal(signal) + ")";
}

}  // namespace dali
