// SPDX-License-Identifier: LGPL-2.1-or-later
// Threads of lower priority, and that nobody else's is touched.
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "gst-plugin/session/computing_thread.h"
#include "tests/support/check_suite.h"

namespace dali {
namespace {

// Of the calling thread, or of the one of that number.
int nice_of(pid_t thread = 0) {
  return getpriority(PRIO_PROCESS, static_cast<id_t>(thread));
}

int nice_inside(ComputingThread& computing, ThreadPriority priority) {
  int inside = -100;
  computing.run(priority, [&] { inside = nice_of(); });
  return inside;
}

// A thread that does nothing until the end of this.
class IdleThread {
 public:
  IdleThread() : thread_([this] { idle(); }) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return number != 0; });
  }
  ~IdleThread() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }
  IdleThread(const IdleThread&) = delete;
  IdleThread& operator=(const IdleThread&) = delete;

  pid_t number = 0;

 private:
  void idle() {
    std::unique_lock lock(mutex_);
    number = gettid();
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_over_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace

START_TEST(work_is_done_at_the_priority_asked_for) {
  const int own = nice_of();
  ComputingThread computing;
  ck_assert_int_eq(nice_inside(computing, ThreadPriority::kNormal), own);
  ck_assert_int_eq(nice_inside(computing, ThreadPriority::kLow), own + 10);
  ck_assert_int_eq(nice_inside(computing, ThreadPriority::kLowest), 19);
  // Back up again, which no thread may do by itself.
  ck_assert_int_eq(nice_inside(computing, ThreadPriority::kNormal), own);
  ck_assert_int_eq(nice_of(), own);
}
END_TEST

START_TEST(a_nice_process_stays_as_nice) {
  setpriority(PRIO_PROCESS, 0, 15);
  ComputingThread computing;
  ck_assert_int_eq(nice_inside(computing, ThreadPriority::kNormal), 15);
  ck_assert_int_eq(nice_inside(computing, ThreadPriority::kLow), 19);
}
END_TEST

START_TEST(threads_that_work_makes_have_its_priority) {
  ComputingThread computing;
  int helper = -100;
  computing.run(ThreadPriority::kLow, [&] { std::thread([&] { helper = nice_of(); }).join(); });
  ck_assert_int_eq(helper, nice_of() + 10);
}
END_TEST

// What OpenMP keeps for a thread, its helpers, lasts as long as that does.
START_TEST(one_thread_does_all_work_of_one_priority) {
  ComputingThread computing;
  std::set<std::thread::id> threads;
  for (int time = 0; time < 3; ++time) {
    computing.run(ThreadPriority::kLow, [&] { threads.insert(std::this_thread::get_id()); });
  }
  ck_assert_uint_eq(threads.size(), 1);
  ck_assert(!threads.contains(std::this_thread::get_id()));
}
END_TEST

START_TEST(what_work_throws_is_thrown_to_whoever_asked) {
  ComputingThread computing;
  try {
    computing.run(ThreadPriority::kLow, [] { throw std::out_of_range("the third"); });
    ck_abort_msg("nothing was thrown");
  } catch (const std::out_of_range& error) {
    ck_assert_str_eq(error.what(), "the third");
  }
  ck_assert_int_eq(nice_inside(computing, ThreadPriority::kLow), nice_of() + 10);
}
END_TEST

START_TEST(a_real_time_thread_has_its_work_done_as_an_ordinary_one) {
  const sched_param real_time = {.sched_priority = 1};
  if (sched_setscheduler(0, SCHED_RR, &real_time) != 0) {
    std::printf("not tested: no real-time thread can be made here (%s)\n", std::strerror(errno));
    return;
  }
  ComputingThread computing;
  int policy = -1;
  computing.run(ThreadPriority::kLow, [&] { policy = sched_getscheduler(0); });
  ck_assert_int_eq(policy, SCHED_OTHER);
  ck_assert_int_eq(sched_getscheduler(0), SCHED_RR);
}
END_TEST

START_TEST(only_threads_that_were_made_meanwhile_are_lowered) {
  const int own = nice_of();
  const IdleThread before;
  {
    const ThreadsMadeMeanwhile made("dali-test");
    const IdleThread meanwhile;
    made.lower_priority(ThreadPriority::kLow);
    ck_assert_int_eq(nice_of(meanwhile.number), own + 10);
  }
  const IdleThread after;
  ck_assert_int_eq(nice_of(before.number), own);
  ck_assert_int_eq(nice_of(after.number), own);
  ck_assert_int_eq(nice_of(), own);
}
END_TEST

}  // namespace dali

int main() {
  using namespace dali;
  TCase* tcase = tcase_create("computing-thread");
  tcase_add_test(tcase, work_is_done_at_the_priority_asked_for);
  tcase_add_test(tcase, a_nice_process_stays_as_nice);
  tcase_add_test(tcase, threads_that_work_makes_have_its_priority);
  tcase_add_test(tcase, one_thread_does_all_work_of_one_priority);
  tcase_add_test(tcase, what_work_throws_is_thrown_to_whoever_asked);
  tcase_add_test(tcase, a_real_time_thread_has_its_work_done_as_an_ordinary_one);
  tcase_add_test(tcase, only_threads_that_were_made_meanwhile_are_lowered);
  Suite* suite = suite_create("computing-thread");
  suite_add_tcase(suite, tcase);
  return run_suite(suite);
}
