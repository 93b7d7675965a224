// SPDX-License-Identifier: LGPL-2.1-or-later
// Which examples come together, with and without looking at their lengths.
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <set>
#include <vector>

#include "tests/support/check_suite.h"
#include "training/loop/example_order.h"

namespace dali {
namespace {

constexpr std::int64_t kExamples = 103;  // three are dropped every epoch
constexpr std::int64_t kBatch = 10;
constexpr std::int64_t kSteps = 10;  // an epoch
constexpr std::uint64_t kSeed = 4;

// Of captions: most are short, some long.
std::vector<std::int64_t> lengths() {
  std::vector<std::int64_t> lengths;
  for (std::int64_t example = 0; example < kExamples; ++example) {
    lengths.push_back(5 + example * 37 % 23 + (example % 9 == 0 ? 60 : 0));
  }
  return lengths;
}

ExampleOrder order_of(std::int64_t grouped_batches) {
  return {kExamples, kBatch, kSeed, {.lengths = lengths(), .batches = grouped_batches}};
}

using Batch = std::vector<std::int64_t>;

Batch batch_of(ExampleOrder& order, std::int64_t step) {
  const auto batch = order.batch(step);
  return {batch.begin(), batch.end()};
}

Batch sorted(Batch batch) {
  std::ranges::sort(batch);
  return batch;
}

// Places that an epoch's batches fill up, computed whole or in parts of so many examples.
std::int64_t padding(ExampleOrder& order, std::size_t part) {
  const auto of_example = lengths();
  std::int64_t padded = 0;
  for (std::int64_t step = 0; step < kSteps; ++step) {
    const Batch batch = batch_of(order, step);
    for (std::size_t begin = 0; begin < batch.size(); begin += part) {
      std::int64_t longest = 0;
      std::int64_t sum = 0;
      for (std::size_t i = begin; i < begin + part; ++i) {
        const auto length = of_example[static_cast<std::size_t>(batch[i])];
        longest = std::max(longest, length);
        sum += length;
      }
      padded += longest * static_cast<std::int64_t>(part) - sum;
    }
  }
  return padded;
}

// As the authors' sampler: only within the batch is anything moved.
START_TEST(sorted_alone_a_batch_keeps_its_examples) {
  ExampleOrder shuffled(kExamples, kBatch, kSeed);
  ExampleOrder grouped = order_of(1);
  const auto of_example = lengths();
  for (std::int64_t step = 0; step < 3 * kSteps; ++step) {
    const Batch batch = batch_of(grouped, step);
    ck_assert(sorted(batch) == sorted(batch_of(shuffled, step)));
    for (std::size_t i = 1; i < batch.size(); ++i) {
      ck_assert_int_ge(of_example[static_cast<std::size_t>(batch[i - 1])],
                       of_example[static_cast<std::size_t>(batch[i])]);
    }
  }
  ExampleOrder whole(kExamples, kBatch, kSeed);
  ck_assert_int_lt(padding(grouped, 5), padding(whole, 5));
  ck_assert_int_eq(padding(grouped, 10), padding(whole, 10));
}
END_TEST

START_TEST(sorted_together_whole_batches_are_alike) {
  ExampleOrder shuffled(kExamples, kBatch, kSeed);
  ExampleOrder grouped = order_of(5);
  // Every group of batches has the examples that it would have.
  for (std::int64_t group = 0; group < 2 * kSteps; group += 5) {
    Batch before;
    Batch after;
    for (std::int64_t step = group; step < group + 5; ++step) {
      std::ranges::copy(batch_of(shuffled, step), std::back_inserter(before));
      std::ranges::copy(batch_of(grouped, step), std::back_inserter(after));
    }
    ck_assert(sorted(before) == sorted(after));
  }
  ExampleOrder whole(kExamples, kBatch, kSeed);
  ck_assert_int_lt(2 * padding(grouped, 10), padding(whole, 10));
}
END_TEST

// The last group is smaller, or one group takes all: what is dropped, is dropped by chance.
START_TEST(no_example_comes_twice_in_an_epoch) {
  for (const std::int64_t batches : {1, 3, 4, 10, 1000}) {
    ExampleOrder grouped = order_of(batches);
    ExampleOrder shuffled(kExamples, kBatch, kSeed);
    for (int epoch = 0; epoch < 4; ++epoch) {
      std::set<std::int64_t> seen;
      std::set<std::int64_t> expected;
      for (std::int64_t step = epoch * kSteps; step < (epoch + 1) * kSteps; ++step) {
        const Batch batch = batch_of(grouped, step);
        seen.insert(batch.begin(), batch.end());
        const Batch other = batch_of(shuffled, step);
        expected.insert(other.begin(), other.end());
      }
      ck_assert_uint_eq(seen.size(), kSteps * kBatch);
      ck_assert(seen == expected);
    }
  }
}
END_TEST

START_TEST(steps_do_not_go_from_long_to_short) {
  ExampleOrder grouped = order_of(1000);
  const auto of_example = lengths();
  int ascents = 0;
  std::int64_t before = 0;
  for (std::int64_t step = 0; step < kSteps; ++step) {
    const auto longest = of_example[static_cast<std::size_t>(batch_of(grouped, step).front())];
    ascents += step > 0 && longest > before ? 1 : 0;
    before = longest;
  }
  ck_assert_int_gt(ascents, 1);
}
END_TEST

START_TEST(a_run_may_begin_at_any_step) {
  ExampleOrder whole = order_of(3);
  for (std::int64_t step = 0; step < 2 * kSteps; ++step) {
    ExampleOrder begun_there = order_of(3);
    ck_assert(batch_of(begun_there, step) == batch_of(whole, step));
  }
}
END_TEST

START_TEST(without_lengths_or_groups_nothing_is_sorted) {
  ExampleOrder shuffled(kExamples, kBatch, kSeed);
  ExampleOrder ungrouped = order_of(0);
  for (std::int64_t step = 0; step < kSteps; ++step) {
    ck_assert(batch_of(ungrouped, step) == batch_of(shuffled, step));
  }
}
END_TEST

Suite* example_order_suite() {
  Suite* suite = suite_create("example order");
  TCase* tests = tcase_create("example order");
  tcase_add_test(tests, sorted_alone_a_batch_keeps_its_examples);
  tcase_add_test(tests, sorted_together_whole_batches_are_alike);
  tcase_add_test(tests, no_example_comes_twice_in_an_epoch);
  tcase_add_test(tests, steps_do_not_go_from_long_to_short);
  tcase_add_test(tests, a_run_may_begin_at_any_step);
  tcase_add_test(tests, without_lengths_or_groups_nothing_is_sorted);
  suite_add_tcase(suite, tests);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::example_order_suite());
}
