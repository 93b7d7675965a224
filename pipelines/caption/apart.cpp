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

Ending run_apart(const std::function<int()>& work) {
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
  StopSignal::hand_on_to(child);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  StopSignal::hand_on_to(0);
  if (WIFSIGNALED(status)) return {.exit_status = 0, .signal = WTERMSIG(status)};
  return {.exit_status = WEXITSTATUS(status), .signal = 0};
}

std::string text_of_signal(int signal) {
  if (signal == SIGKILL) return "was killed, perhaps because memory ran out";
  return std::string("crashed (") + ::strsignal(signal) + ")";
}

}  // namespace dali
