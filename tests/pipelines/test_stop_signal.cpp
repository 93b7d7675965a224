// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/stop_signal.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <iterator>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::StopSignal;

namespace {

constexpr int kStopSignals[] = {SIGINT, SIGTERM, SIGHUP};

// What becomes of a process that does this: its wait status.
int ending_of(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  ck_assert_int_eq(::waitpid(child, &status, 0), child);
  return status;
}

bool ends_by(int signal, const std::function<void()>& work) {
  const int status = ending_of(work);
  return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

}  // namespace

START_TEST(a_signal_asks_and_a_second_of_its_kind_ends_the_process) {
  const int number = kStopSignals[_i];
  std::signal(number, SIG_DFL);  // Check has handlers of its own
  {
    const StopSignal stop;
    ck_assert_int_eq(StopSignal::received(), 0);
    ::raise(number);
    ck_assert_int_eq(StopSignal::received(), number);
    ck_assert(ends_by(number, [&] { ::raise(number); }));
  }
  ck_assert(ends_by(number, [&] { ::raise(number); }));  // as before
}
END_TEST

// A launcher sends its own beside the terminal's.
START_TEST(signals_of_different_kinds_are_one_wish) {
  const StopSignal stop;
  for (const int number : kStopSignals) ::raise(number);
  ck_assert_int_eq(StopSignal::received(), kStopSignals[0]);
}
END_TEST

START_TEST(the_next_object_knows_nothing_of_the_last_one) {
  for (int run = 0; run < 2; ++run) {
    const StopSignal stop;
    ck_assert_int_eq(StopSignal::received(), 0);
    ::raise(SIGTERM);
    ck_assert_int_eq(StopSignal::received(), SIGTERM);
  }
}
END_TEST

START_TEST(a_signal_that_was_held_back_comes) {
  sigset_t held;
  sigemptyset(&held);
  sigaddset(&held, SIGINT);
  ::sigprocmask(SIG_BLOCK, &held, nullptr);
  ::raise(SIGINT);
  {
    const StopSignal stop;
    ck_assert_int_eq(StopSignal::received(), SIGINT);
  }
  ::sigprocmask(SIG_BLOCK, nullptr, &held);
  ck_assert_int_eq(sigismember(&held, SIGINT), 1);
}
END_TEST

START_TEST(a_hang_up_under_nohup_is_none) {
  std::signal(SIGHUP, SIG_IGN);
  const StopSignal stop;
  ::raise(SIGHUP);
  ck_assert_int_eq(StopSignal::received(), 0);
}
END_TEST

START_TEST(a_call_that_waits_goes_on_or_fails_as_asked) {
  const auto goes_on = [] {
    struct sigaction action = {};
    ck_assert_int_eq(::sigaction(SIGTERM, nullptr, &action), 0);
    return (action.sa_flags & SA_RESTART) != 0;
  };
  {
    const StopSignal stop;
    ck_assert(goes_on());
  }
  const StopSignal stop(StopSignal::WaitingCalls::kFail);
  ck_assert(!goes_on());
}
END_TEST

namespace {

constexpr int kAskedOnce = 7;

// A child that leaves with kAskedOnce when it is asked to end, and that ignores what a terminal
// sends to both. Has begun to wait when this returns.
pid_t child_that_waits_to_be_asked() {
  std::array<int, 2> pipe{};
  ck_assert_int_eq(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    StopSignal::take_from_parent();
    for (const int number : kStopSignals) ::raise(number);
    ::close(pipe[1]);
    while (StopSignal::received() == 0) ::usleep(1000);
    ::_exit(kAskedOnce);
  }
  ::close(pipe[1]);
  char byte = 0;
  ck_assert_int_eq(::read(pipe[0], &byte, 1), 0);  // the child has closed its end
  return child;
}

}  // namespace

START_TEST(a_child_is_asked_by_its_parent_alone) {
  const StopSignal stop;
  const pid_t child = child_that_waits_to_be_asked();
  StopSignal::hand_on_to(child);
  ::raise(SIGINT);
  int status = 0;
  ck_assert_int_eq(::waitpid(child, &status, 0), child);
  StopSignal::forget(child);
  ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == kAskedOnce);
}
END_TEST

START_TEST(all_children_are_asked) {
  const StopSignal stop;
  std::array<pid_t, 3> children{};
  for (pid_t& child : children) StopSignal::hand_on_to(child = child_that_waits_to_be_asked());
  ::raise(SIGTERM);
  for (const pid_t child : children) {
    int status = 0;
    ck_assert_int_eq(::waitpid(child, &status, 0), child);
    StopSignal::forget(child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == kAskedOnce);
  }
}
END_TEST

START_TEST(a_child_that_comes_after_the_signal_is_asked_too) {
  const StopSignal stop;
  const pid_t child = child_that_waits_to_be_asked();
  ::raise(SIGINT);
  StopSignal::hand_on_to(child);
  int status = 0;
  ck_assert_int_eq(::waitpid(child, &status, 0), child);
  StopSignal::forget(child);
  ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == kAskedOnce);
}
END_TEST

int main() {
  Suite* suite = suite_create("stop signal");
  TCase* process = tcase_create("process");
  tcase_add_loop_test(process, a_signal_asks_and_a_second_of_its_kind_ends_the_process, 0,
                      static_cast<int>(std::size(kStopSignals)));
  tcase_add_test(process, signals_of_different_kinds_are_one_wish);
  tcase_add_test(process, the_next_object_knows_nothing_of_the_last_one);
  tcase_add_test(process, a_signal_that_was_held_back_comes);
  tcase_add_test(process, a_hang_up_under_nohup_is_none);
  tcase_add_test(process, a_call_that_waits_goes_on_or_fails_as_asked);
  suite_add_tcase(suite, process);
  TCase* children = tcase_create("children");
  tcase_add_test(children, a_child_is_asked_by_its_parent_alone);
  tcase_add_test(children, all_children_are_asked);
  tcase_add_test(children, a_child_that_comes_after_the_signal_is_asked_too);
  suite_add_tcase(suite, children);
  return dali::run_suite(suite);
}
