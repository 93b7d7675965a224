// SPDX-License-Identifier: LGPL-2.1-or-later
// How many threads compute, where the number comes from, and what they cost while they wait.
#include "model/tensor/threads.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <iterator>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "model/base/processors.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"

namespace dali {
namespace {

// The tests' own environment says how many threads a test has.
void forget_environment() {
  for (const char* variable : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_WAIT_POLICY",
                               "GOMP_SPINCOUNT", "LOCAL_WORLD_SIZE"}) {
    ::unsetenv(variable);
  }
}

START_TEST(nothing_stands_for_the_processors_that_may_be_used) {
  forget_environment();
  ck_assert_int_eq(thread_count(0), usable_processors());
  ck_assert_int_eq(thread_count(3), 3);
  ck_assert(contains(error_message_of<std::invalid_argument>([] { thread_count(-1); }),
                     "threads must be 0 or more"));
}
END_TEST

struct Environment {
  const char* omp_threads;  // null: not set
  const char* processes;
  int expected;  // 0: all that may be used
};

const Environment kEnvironments[] = {
    {"3", nullptr, 3},  {"1", nullptr, 1}, {"", nullptr, 0},       {"many", nullptr, 0},
    {"3", "2", 3},      {nullptr, "1", 0}, {nullptr, "100000", 1},  // at least one for each process
    {"1", "100000", 1},
};

START_TEST(the_environment_is_heeded) {
  forget_environment();
  const Environment& environment = kEnvironments[_i];
  if (environment.omp_threads) ::setenv("OMP_NUM_THREADS", environment.omp_threads, 1);
  if (environment.processes) ::setenv("LOCAL_WORLD_SIZE", environment.processes, 1);
  const int expected = environment.expected > 0 ? environment.expected : usable_processors();
  ck_assert_int_eq(thread_count(0), expected);
  ck_assert_int_eq(thread_count(5), 5);
}
END_TEST

// torchrun sets OMP_NUM_THREADS=1 where nobody has, so among its processes that is no wish.
START_TEST(processes_of_torchrun_share_the_processors) {
  forget_environment();
  ::setenv("LOCAL_WORLD_SIZE", "2", 1);
  ::setenv("OMP_NUM_THREADS", "1", 1);
  ck_assert_int_eq(thread_count(0), std::max(usable_processors() / 2, 1));
}
END_TEST

// On so many threads the parts of this thread's work are computed: each waits for the others.
std::size_t computing_threads() {
  const auto expected = static_cast<std::size_t>(at::get_num_threads());
  std::set<std::thread::id> computing;
  std::mutex mutex;
  std::condition_variable changed;
  in_parts(64, 1, [&](int64_t, int64_t) {
    std::unique_lock lock(mutex);
    computing.insert(std::this_thread::get_id());
    changed.notify_all();
    changed.wait_for(lock, std::chrono::seconds(10), [&] { return computing.size() == expected; });
  });
  return computing.size();
}

START_TEST(parts_cover_the_whole_once) {
  forget_environment();
  for (const int threads : {1, 2, 3, 7}) {
    compute_with_threads(threads);
    for (const int count : {0, 1, 5, 6, 64, 1000}) {
      std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
      in_parts(count, 3, [&](int64_t first, int64_t end) {
        for (auto i = first; i < end; ++i) ++calls[static_cast<std::size_t>(i)];
      });
      for (const auto& number : calls) ck_assert_int_eq(number, 1);
    }
  }
}
END_TEST

START_TEST(each_calling_thread_computes_with_its_own_number) {
  forget_environment();
  compute_with_threads(2);
  std::thread([] {
    compute_with_threads(3);
    ck_assert_uint_eq(computing_threads(), 3);
    compute_with_threads(1);
    ck_assert_uint_eq(computing_threads(), 1);
  }).join();
  ck_assert_uint_eq(computing_threads(), 2);
  compute_with_threads(2);
  ck_assert_uint_eq(computing_threads(), 2);
}
END_TEST

START_TEST(openblas_computes_with_as_many) {
  forget_environment();
  auto* const blas_threads =
      reinterpret_cast<int (*)()>(::dlsym(RTLD_DEFAULT, "openblas_get_num_threads"));
  if (blas_threads == nullptr) {
    std::printf("not tested: LibTorch computes with another BLAS than OpenBLAS\n");
    return;
  }
  for (const int threads : {2, 1, 3}) {
    compute_with_threads(threads);
    ck_assert_int_eq(blas_threads(), threads);
  }
  ::setenv("OPENBLAS_NUM_THREADS", "2", 1);
  compute_with_threads(0);
  ck_assert_int_eq(blas_threads(), 3);  // as it was: the user has chosen
}
END_TEST

double processor_seconds() {
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// libgomp's own way is to turn in a loop for milliseconds after each piece of work: all of the 8
// here. This counts processor time, of which other programs take nothing; some 0.2 ms are needed.
START_TEST(threads_that_wait_for_work_sleep) {
  forget_environment();
  compute_with_threads(2);
  ck_assert_uint_eq(computing_threads(), 2);
  constexpr int kPieces = 100;
  const double before = processor_seconds();
  for (int piece = 0; piece < kPieces; ++piece) {
    in_parts(2, 1, [](int64_t, int64_t) {});
    std::this_thread::sleep_for(std::chrono::milliseconds(8));
  }
  const double each_ms = 1e3 * (processor_seconds() - before) / kPieces;
  ck_assert_msg(each_ms < 2.0, "%.3f ms of processor time a piece of work", each_ms);
}
END_TEST

START_TEST(the_same_number_gives_the_same_bits) {
  forget_environment();
  at::manual_seed(_i);
  const auto rows = at::rand({300, 257});
  const auto weight = at::rand({257, 500});
  const auto compute = [&](int threads) {
    compute_with_threads(threads);
    return at::softmax(at::gelu(at::mm(rows, weight).mul(0.01)), -1);
  };
  for (const int threads : {1, 2, 3}) {
    const auto once = compute(threads);
    for (int again = 0; again < 3; ++again) ck_assert(at::equal(compute(threads), once));
    ck_assert(at::allclose(once, compute(1), /*rtol=*/1e-5, /*atol=*/0.0));
  }
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  Suite* suite = suite_create("threads");
  TCase* threads = tcase_create("threads");
  tcase_add_test(threads, dali::nothing_stands_for_the_processors_that_may_be_used);
  tcase_add_loop_test(threads, dali::the_environment_is_heeded, 0,
                      static_cast<int>(std::size(dali::kEnvironments)));
  tcase_add_test(threads, dali::processes_of_torchrun_share_the_processors);
  tcase_add_test(threads, dali::each_calling_thread_computes_with_its_own_number);
  tcase_add_test(threads, dali::parts_cover_the_whole_once);
  tcase_add_test(threads, dali::openblas_computes_with_as_many);
  tcase_add_test(threads, dali::threads_that_wait_for_work_sleep);
  tcase_add_loop_test(threads, dali::the_same_number_gives_the_same_bits, 0, 3);
  suite_add_tcase(suite, threads);
  return dali::run_suite(suite);
}
