// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

namespace dali {

// Memory that many threads want, each much of it and for a while. Any thread.
class MemoryBudget {
 public:
  // So many bytes of it, given back at the end.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Share() {
      if (budget_ != nullptr) budget_->give_back(bytes_);
    }

   private:
    friend class MemoryBudget;
    Share(MemoryBudget& budget, std::size_t bytes) : budget_(&budget), bytes_(bytes) {}

    MemoryBudget* budget_ = nullptr;  // borrowed; null: of nothing
    std::size_t bytes_ = 0;
  };

  explicit MemoryBudget(std::size_t bytes) : free_bytes_(bytes) {}

  // Waits until others have given back enough; nothing when that takes too long, or after close().
  std::optional<Share> take(std::size_t bytes, std::chrono::steady_clock::time_point until);

  // Nobody waits any more.
  void close();

 private:
  void give_back(std::size_t bytes);

  std::mutex mutex_;  // guards what follows; held beside no other lock
  std::condition_variable given_back_;
  std::size_t free_bytes_;
  bool is_closed_ = false;
};

}  // namespace dali
