// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/stop_signal.h"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <stdexcept>

namespace dali {
namespace {

constexpr std::array kStopSignals = {SIGINT, SIGTERM, SIGHUP};
constexpr int kHandedOn = SIGUSR1;
// A signal ends the waiting at once, unless it comes between the look and the waiting, or to
// another thread.
constexpr int kLookForSignalsMs = 200;

std::atomic<int> first_signal = 0;
std::atomic<unsigned> seen_signals = 0;                                          // a bit each
std::array<std::atomic<pid_t>, StopSignal::kMostChildren> child_processes = {};  // 0: none
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<unsigned>::is_always_lock_free &&
                  std::atomic<pid_t>::is_always_lock_free,
              "the handler may only use such");
static_assert(SIGINT < 32 && SIGTERM < 32 && SIGHUP < 32 && kHandedOn < 32);

std::array<struct sigaction, kStopSignals.size()> previous_actions;
sigset_t previous_mask;

void send_to_children(int number) {
  for (const auto& child_process : child_processes) {
    const pid_t child = child_process;
    if (child > 0) ::kill(child, number);
  }
}

extern "C" void note_stop_signal(int number) {
  const int error = errno;  // of whatever is interrupted here
  const unsigned bit = 1U << static_cast<unsigned>(number);
  const bool is_second_of_its_kind = (seen_signals.fetch_or(bit) & bit) != 0;
  int none = 0;
  const bool is_first = first_signal.compare_exchange_strong(none, number);
  if (is_first) send_to_children(kHandedOn);
  if (is_second_of_its_kind) {
    send_to_children(SIGKILL);
    ::signal(number, SIG_DFL);
    ::raise(number);
  }
  errno = error;
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

void StopSignal::wait() {
  while (received() == 0) ::poll(nullptr, 0, kLookForSignalsMs);
}

void StopSignal::hand_on_to(pid_t child) {
  const auto place = std::find(child_processes.begin(), child_processes.end(), 0);
  if (place == child_processes.end()) throw std::length_error("too many child processes");
  *place = child;
  // One that came while there was no child yet.
  if (first_signal != 0) ::kill(child, kHandedOn);
}

void StopSignal::forget(pid_t child) {
  const auto place = std::find(child_processes.begin(), child_processes.end(), child);
  if (place != child_processes.end()) *place = 0;
}

void StopSignal::take_from_parent() {
  for (auto& child_process : child_processes) child_process = 0;
  handle(kHandedOn, note_stop_signal, 0);
  for (const int number : kStopSignals) handle(number, SIG_IGN, 0);
}

}  // namespace dali
