// SPDX-License-Identifier: LGPL-2.1-or-later
#include "command/in_parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace dali {

void in_parallel(int count, int threads, const std::function<void(int index)>& work) {
  std::atomic<int> next = 0;
  std::mutex failure_mutex;
  std::exception_ptr failure;
  const auto run = [&] {
    for (int index = next++; index < count; index = next++) {
      try {
        work(index);
      } catch (...) {
        const std::lock_guard lock(failure_mutex);
        if (!failure) failure = std::current_exception();
        next = count;
      }
    }
  };
  {
    std::vector<std::jthread> workers;
    for (int worker = 0; worker < std::min(threads, count); ++worker) workers.emplace_back(run);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace dali
