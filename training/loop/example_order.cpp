// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/example_order.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace dali {

ExampleOrder::ExampleOrder(std::int64_t examples, std::int64_t batch_size, std::uint64_t seed,
                           LengthGroups groups)
    : examples_(examples),
      batch_size_(std::min(batch_size, examples)),
      seed_(seed),
      groups_(std::move(groups)) {}

std::span<const std::int64_t> ExampleOrder::batch(std::int64_t step) {
  if (const int epoch = epoch_of(step); epoch != shuffled_epoch_) shuffle(epoch);
  return std::span(shuffled_).subspan(
      static_cast<std::size_t>(step % steps_per_epoch() * batch_size_),
      static_cast<std::size_t>(batch_size_));
}

void ExampleOrder::shuffle(int epoch) {
  shuffled_.resize(static_cast<std::size_t>(examples_));
  std::iota(shuffled_.begin(), shuffled_.end(), std::int64_t{0});
  std::seed_seq sequence{seed_, static_cast<std::uint64_t>(epoch)};
  std::mt19937_64 generator(sequence);
  std::ranges::shuffle(shuffled_, generator);
  if (!groups_.lengths.empty() && groups_.batches > 0) group_by_length(generator);
  shuffled_epoch_ = epoch;
}

void ExampleOrder::group_by_length(std::mt19937_64& generator) {
  // What is dropped is dropped by chance, not for its length.
  const auto used = steps_per_epoch() * batch_size_;
  const auto group_size = std::min(groups_.batches, steps_per_epoch()) * batch_size_;
  for (std::int64_t begin = 0; begin < used; begin += group_size) {
    const auto first = shuffled_.begin() + begin;
    const auto last = shuffled_.begin() + std::min(begin + group_size, used);
    // Equal ones stay as they were shuffled.
    std::stable_sort(first, last, [this](std::int64_t one, std::int64_t other) {
      return groups_.lengths[static_cast<std::size_t>(one)] >
             groups_.lengths[static_cast<std::size_t>(other)];
    });
    // Steps from long captions to short ones would be a curriculum.
    for (auto count = (last - first) / batch_size_; count > 1; --count) {
      const auto chosen =
          static_cast<std::int64_t>(generator() % static_cast<std::uint64_t>(count));
      if (chosen == count - 1) continue;
      const auto end = first + count * batch_size_;
      std::swap_ranges(first + chosen * batch_size_, first + (chosen + 1) * batch_size_,
                       end - batch_size_);
    }
  }
}

}  // namespace dali
