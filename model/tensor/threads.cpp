// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/tensor/threads.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "model/base/processors.h"

namespace dali {
namespace {

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

int own_share_of_processors() {
  if (const int asked_for = threads_asked_for(); asked_for > 0) return asked_for;
  return std::max(usable_processors() / processes_on_machine(), 1);
}

// A function of a library that LibTorch brings along or not.
template <typename Function>
Function* loaded_function(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_DEFAULT, name));
}

// libgomp's entry, found by name: LibTorch may bring a libgomp of its own, and threads of another
// would come on top of its. Null where OpenMP is someone else's.
using Parallel = void(void (*work)(void*), void* data, unsigned threads, unsigned flags);
Parallel* openmp_parallel() {
  static auto* const parallel = loaded_function<Parallel>("GOMP_parallel");
  return parallel;
}

// Threads of OpenMP that wait for work turn in a loop for milliseconds before they sleep. Where
// another process has the processor they compute at a fiftieth of their speed then, and they take
// it from the pipeline around them. OMP_WAIT_POLICY=passive would spare that, but libgomp reads it
// when it is loaded: before our main(), and in a plugin long after other threads began to read the
// environment. What it does go by later is how many threads it has: more than there are processors,
// and they sleep almost at once. So this keeps that many asleep.
void let_openmp_sleep() {
  if (is_set("OMP_WAIT_POLICY") || is_set("GOMP_SPINCOUNT")) return;  // someone knows better
  auto* const parallel = openmp_parallel();
  if (parallel == nullptr) return;
  std::promise<void> promise;
  const auto are_there = promise.get_future();
  std::thread([parallel, promise = std::move(promise)]() mutable {
    parallel([](void*) {}, nullptr, std::thread::hardware_concurrency() + 1, 0);
    promise.set_value();
    while (true) std::this_thread::sleep_for(std::chrono::hours(24));  // its team ends with it
  }).detach();
  are_there.wait();
}

}  // namespace

int thread_count(int wanted) {
  if (wanted < 0) throw std::invalid_argument("threads must be 0 or more");
  static const int own_share = own_share_of_processors();
  return wanted > 0 ? wanted : own_share;
}

void compute_with_threads(int wanted) {
  const int threads = thread_count(wanted);
  static std::once_flag sleeps;
  if (threads > 1) std::call_once(sleeps, let_openmp_sleep);
  // The first asks for what this thread has, and not for what the process was told last.
  if (at::get_num_threads() != threads) at::set_num_threads(threads);
  if (wanted == 0 && is_set("OPENBLAS_NUM_THREADS")) return;
  static auto* const blas_threads = loaded_function<int()>("openblas_get_num_threads");
  static auto* const set_blas_threads = loaded_function<void(int)>("openblas_set_num_threads");
  if (blas_threads == nullptr || set_blas_threads == nullptr) return;
  if (blas_threads() != threads) set_blas_threads(threads);
}

void in_parts(std::int64_t count, std::int64_t least,
              const std::function<void(std::int64_t first, std::int64_t end)>& work) {
  const auto parts = std::min<std::int64_t>(at::get_num_threads(), count / least);
  if (parts <= 1 || openmp_parallel() == nullptr) return work(0, count);
  std::atomic<std::int64_t> next = 0;
  const auto take_parts = [&] {
    for (auto part = next++; part < parts; part = next++) {
      work(count * part / parts, count * (part + 1) / parts);
    }
  };
  openmp_parallel()([](void* taking) { (*static_cast<decltype(take_parts)*>(taking))(); },
                    const_cast<void*>(static_cast<const void*>(&take_parts)),
                    static_cast<unsigned>(parts), 0);
}

}  // namespace dali
