// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/example_order.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace dali {

ExampleOrder::ExampleOrder(std::int64_t examples, std::int64_t batch_size, std::uint64_t seed)
    : examples_(examples), batch_size_(std::min(batch_size, examples)), seed_(seed) {}

std::span<const std::int64_t> ExampleOrder::batch(std::int64_t step) {
  if (const int epoch = epoch_of(step); epoch != shuffled_epoch_) {
    shuffled_.resize(static_cast<std::size_t>(examples_));
    std::iota(shuffled_.begin(), shuffled_.end(), std::int64_t{0});
    std::seed_seq sequence{seed_, static_cast<std::uint64_t>(epoch)};
    std::mt19937_64 generator(sequence);
    std::ranges::shuffle(shuffled_, generator);
    shuffled_epoch_ = epoch;
  }
  return std::span(shuffled_).subspan(
      static_cast<std::size_t>(step % steps_per_epoch() * batch_size_),
      static_cast<std::size_t>(batch_size_));
}

}  // namespace dali
