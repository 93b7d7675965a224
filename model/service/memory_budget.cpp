// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/service/memory_budget.h"

namespace dali {

std::optional<MemoryBudget::Share> MemoryBudget::take(std::size_t bytes,
                                                      std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  given_back_.wait_until(lock, until, [&] { return is_closed_ || free_bytes_ >= bytes; });
  if (is_closed_ || free_bytes_ < bytes) return std::nullopt;
  free_bytes_ -= bytes;
  return Share(*this, bytes);
}

void MemoryBudget::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  given_back_.notify_all();
}

void MemoryBudget::give_back(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  free_bytes_ += bytes;
  given_back_.notify_all();
}

}  // namespace dali
