#include "pipelines/interrupt.h"

#include <csignal>

#include "pipelines/errors.h"

namespace dali {
namespace {

volatile std::sig_atomic_t was_interrupted = 0;

extern "C" void note_interrupt(int) {
  was_interrupted = 1;
}

}  // namespace

void watch_for_interrupt() {
  struct sigaction action {};
  action.sa_handler = note_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second signal finds the default action
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool is_interrupted() {
  return was_interrupted != 0;
}

void throw_if_interrupted() {
  if (is_interrupted()) throw Interrupted();
}

}  // namespace dali
