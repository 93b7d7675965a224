// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/interrupt.h"

#include <csignal>

#include "pipelines/caption/errors.h"

namespace dali {
namespace {

constexpr int kHandedOn = SIGUSR1;

volatile std::sig_atomic_t was_interrupted = 0;
volatile std::sig_atomic_t child_process = 0;

extern "C" void note_interrupt(int number) {
  const auto child = static_cast<pid_t>(child_process);
  if (child > 0) kill(child, was_interrupted == 0 ? kHandedOn : SIGKILL);
  if (was_interrupted != 0) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
  was_interrupted = 1;
}

void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(number, &action, nullptr);
}

}  // namespace

void watch_for_interrupt() {
  handle(SIGINT, note_interrupt);
  handle(SIGTERM, note_interrupt);
}

void hand_interrupts_on_to(pid_t child) {
  child_process = child;
  // One that came while there was no child yet.
  if (child > 0 && was_interrupted != 0) kill(child, kHandedOn);
}

void take_interrupts_from_parent() {
  child_process = 0;
  handle(kHandedOn, note_interrupt);
  handle(SIGINT, SIG_IGN);
  handle(SIGTERM, SIG_IGN);
}

bool is_interrupted() {
  return was_interrupted != 0;
}

void throw_if_interrupted() {
  if (is_interrupted()) throw Interrupted();
}

}  // namespace dali
