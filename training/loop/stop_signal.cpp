// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/stop_signal.h"

#include <signal.h>

#include <atomic>

namespace dali {
namespace {

std::atomic<int> received_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free, "the handler may only use such");

struct sigaction previous_terminate;
struct sigaction previous_interrupt;

}  // namespace

StopSignal::StopSignal() {
  received_signal = 0;
  struct sigaction action = {};
  action.sa_handler = [](int number) { received_signal = number; };
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigaction(SIGTERM, &action, &previous_terminate);
  sigaction(SIGINT, &action, &previous_interrupt);
}

StopSignal::~StopSignal() {
  sigaction(SIGTERM, &previous_terminate, nullptr);
  sigaction(SIGINT, &previous_interrupt, nullptr);
}

int StopSignal::received() const {
  return received_signal;
}

}  // namespace dali
