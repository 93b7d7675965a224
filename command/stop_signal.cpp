// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/stop_signal.h"

#include <signal.h>

#include <array>
#include <atomic>

namespace dali {
namespace {

constexpr std::array kStopSignals = {SIGINT, SIGTERM, SIGHUP};
constexpr int kHandedOn = SIGUSR1;

std::atomic<int> first_signal = 0;
std::atomic<unsigned> seen_signals = 0;  // a bit each
std::atomic<pid_t> child_process = 0;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<unsigned>::is_always_lock_free &&
                  std::atomic<pid_t>::is_always_lock_free,
              "the handler may only use such");
static_assert(SIGINT < 32 && SIGTERM < 32 && SIGHUP < 32 && kHandedOn < 32);

std::array<struct sigaction, kStopSignals.size()> previous_actions;
sigset_t previous_mask;

extern "C" void note_stop_signal(int number) {
  const unsigned bit = 1U << static_cast<unsigned>(number);
  const bool is_second_of_its_kind = (seen_signals.fetch_or(bit) & bit) != 0;
  int none = 0;
  const bool is_first = first_signal.compare_exchange_strong(none, number);
  const pid_t child = child_process;
  if (child > 0 && is_first) ::kill(child, kHandedOn);
  if (!is_second_of_its_kind) return;
  if (child > 0) ::kill(child, SIGKILL);
  ::signal(number, SIG_DFL);
  ::raise(number);
}

void handle(int number, void (*handler)(int), int flags, struct sigaction* previous = nullptr) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  ::sigaction(number, &action, previous);
}

}  // namespace

StopSignal::StopSignal(WaitingCalls waiting_calls) {
  first_signal = 0;
  seen_signals = 0;
  const int flags = waiting_calls == WaitingCalls::kGoOn ? SA_RESTART : 0;
  sigset_t taken;
  sigemptyset(&taken);
  for (std::size_t i = 0; i < kStopSignals.size(); ++i) {
    const int number = kStopSignals[i];
    sigaddset(&taken, number);
    handle(number, note_stop_signal, flags, &previous_actions[i]);
    const bool is_ignored = previous_actions[i].sa_handler == SIG_IGN;
    if (number == SIGHUP && is_ignored) ::sigaction(number, &previous_actions[i], nullptr);
  }
  ::pthread_sigmask(SIG_UNBLOCK, &taken, &previous_mask);
}

StopSignal::~StopSignal() {
  ::pthread_sigmask(SIG_SETMASK, &previous_mask, nullptr);
  for (std::size_t i = 0; i < kStopSignals.size(); ++i) {
    ::sigaction(kStopSignals[i], &previous_actions[i], nullptr);
  }
}

int StopSignal::received() {
  return first_signal;
}

void StopSignal::hand_on_to(pid_t child) {
  child_process = child;
  // One that came while there was no child yet.
  if (child > 0 && first_signal != 0) ::kill(child, kHandedOn);
}

void StopSignal::take_from_parent() {
  child_process = 0;
  handle(kHandedOn, note_stop_signal, 0);
  for (const int number : kStopSignals) handle(number, SIG_IGN, 0);
}

}  // namespace dali
