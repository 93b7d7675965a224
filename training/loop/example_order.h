// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace dali {

// How examples of alike lengths come together, so that little is padded.
struct LengthGroups {
  std::vector<std::int64_t> lengths;  // one an example; empty: none are looked at
  // Of so many batches the examples are sorted together, the longest first, before they are cut
  // into batches. 1: a batch has the examples that it would have, and only its parts are alike;
  // more: whole batches are. 0: as without lengths.
  std::int64_t batches = 1;
};

// In which order a run sees its examples: every epoch another shuffle, drawn by the seed and the
// epoch alone, cut into batches of which the last, smaller one is dropped. So a run can begin at
// any step, and processes agree without a word.
class ExampleOrder {
 public:
  // examples, batch_size at least 1; a batch is never larger than all examples.
  ExampleOrder(std::int64_t examples, std::int64_t batch_size, std::uint64_t seed,
               LengthGroups groups = {});

  std::int64_t examples() const { return examples_; }
  std::int64_t batch_size() const { return batch_size_; }
  std::int64_t steps_per_epoch() const { return examples_ / batch_size_; }

  // Steps count from 0 over all epochs, epochs from 1.
  int epoch_of(std::int64_t step) const { return static_cast<int>(step / steps_per_epoch()) + 1; }

  // The examples of a step; borrowed until the next call.
  std::span<const std::int64_t> batch(std::int64_t step);

 private:
  void shuffle(int epoch);
  // Sorts within each group, whose batches then come in an order of their own.
  void group_by_length(std::mt19937_64& generator);

  std::int64_t examples_;
  std::int64_t batch_size_;
  std::uint64_t seed_;
  LengthGroups groups_;
  int shuffled_epoch_ = 0;  // 0: none yet
  std::vector<std::int64_t> shuffled_;
};

}  // namespace dali
