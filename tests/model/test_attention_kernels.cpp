// SPDX-License-Identifier: LGPL-2.1-or-later
// Attention on plain memory, with the kernels of every set of instructions that this processor has,
// against its definition in double precision.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <limits>
#include <vector>

#include "model/kernels/attention.h"
#include "model/kernels/bfloat16.h"
#include "tests/support/check_suite.h"
#include "tests/support/quantised_weights.h"

namespace dali {
namespace {

// Heads in one of two orders, with a gap behind each token's numbers, in float32 or bfloat16. The
// gaps hold NaN: nobody may look at them.
struct Heads {
  Heads(std::int64_t batch, std::int64_t heads, std::int64_t tokens, std::int64_t width,
        bool tokens_first, bool is_bfloat16, std::uint64_t seed)
      : at{.is_bfloat16 = is_bfloat16} {
    const std::int64_t gap = 3;
    at.batch_stride = heads * tokens * (width + gap);
    at.head_stride = tokens_first ? width + gap : tokens * (width + gap);
    at.token_stride = tokens_first ? heads * (width + gap) : width + gap;
    const auto numbers = scattered_numbers(static_cast<std::size_t>(batch * at.batch_stride), seed);
    floats.assign(numbers.size(), std::numeric_limits<float>::quiet_NaN());
    halves.assign(numbers.size(), 0x7FC0);
    for (std::int64_t b = 0; b < batch; ++b) {
      for (std::int64_t h = 0; h < heads; ++h) {
        for (std::int64_t t = 0; t < tokens; ++t) {
          for (std::int64_t i = 0; i < width; ++i) {
            const auto place = static_cast<std::size_t>(index(b, h, t, i));
            set(b, h, t, i, numbers[place]);
          }
        }
      }
    }
  }

  std::int64_t index(std::int64_t b, std::int64_t h, std::int64_t t, std::int64_t i) const {
    return b * at.batch_stride + h * at.head_stride + t * at.token_stride + i;
  }
  // A bfloat16 is cut off: which number it is does not matter here, but that all see the same.
  void set(std::int64_t b, std::int64_t h, std::int64_t t, std::int64_t i, float number) {
    const auto place = static_cast<std::size_t>(index(b, h, t, i));
    std::uint32_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    halves[place] = static_cast<std::uint16_t>(bits >> 16);
    floats[place] = number;
  }
  double get(std::int64_t b, std::int64_t h, std::int64_t t, std::int64_t i) const {
    const auto place = static_cast<std::size_t>(index(b, h, t, i));
    return at.is_bfloat16 ? from_bfloat16(halves[place]) : floats[place];
  }
  HeadsAt<const void*> view() const {
    return {at.is_bfloat16 ? static_cast<const void*>(halves.data()) : floats.data(),
            at.is_bfloat16, at.batch_stride, at.head_stride, at.token_stride};
  }
  HeadsAt<void*> room() {
    return {at.is_bfloat16 ? static_cast<void*>(halves.data()) : floats.data(), at.is_bfloat16,
            at.batch_stride, at.head_stride, at.token_stride};
  }

  HeadsAt<const void*> at;
  std::vector<float> floats;
  std::vector<std::uint16_t> halves;
};

struct Shape {
  std::int64_t batch, heads, kv_heads, tokens, key_tokens, width;
  bool is_causal, has_bfloat16_rows, has_bfloat16_keys;
};

// Around the sizes of blocks (48 queries, 256 keys), tiles (6 rows) and vectors (4, 8 and 16).
const Shape kShapes[] = {
    {1, 1, 1, 1, 1, 1, false, false, false},     {1, 2, 2, 2, 1, 5, false, false, false},
    {2, 4, 2, 7, 9, 6, false, false, false},     {1, 2, 1, 6, 17, 16, true, false, false},
    {1, 3, 3, 49, 49, 64, true, false, false},   {1, 2, 2, 48, 257, 32, true, true, true},
    {2, 2, 1, 97, 300, 80, true, false, true},   {1, 1, 1, 145, 145, 128, true, false, false},
    {1, 4, 1, 13, 530, 128, false, true, false}, {1, 2, 2, 100, 64, 100, false, false, true},
    {1, 4, 2, 1, 300, 128, true, false, true},   {2, 2, 2, 1, 65, 64, true, false, false},
    {1, 2, 1, 1, 31, 83, false, true, true},     {1, 1, 1, 5, 256, 130, true, false, false},
};

struct Attention {
  explicit Attention(const Shape& shape, bool tokens_first = true)
      : query(shape.batch, shape.heads, shape.tokens, shape.width, tokens_first,
              shape.has_bfloat16_rows, 1),
        key(shape.batch, shape.kv_heads, shape.key_tokens, shape.width, !tokens_first,
            shape.has_bfloat16_keys, 2),
        value(shape.batch, shape.kv_heads, shape.key_tokens, shape.width, !tokens_first,
              shape.has_bfloat16_keys, 3),
        result(shape.batch, shape.heads, shape.tokens, shape.width, tokens_first,
               shape.has_bfloat16_rows, 4),
        task{.batch = shape.batch,
             .heads = shape.heads,
             .kv_heads = shape.kv_heads,
             .tokens = shape.tokens,
             .key_tokens = shape.key_tokens,
             .head_width = shape.width,
             .is_causal = shape.is_causal} {}

  void attend(InstructionSet set) {
    task.query = query.view();
    task.key = key.view();
    task.value = value.view();
    task.result = result.room();
    attend_with(set, task, 0, attention_pieces(task));
  }

  // Compares one query's result with the definition.
  void expect_definition(InstructionSet set, std::int64_t b, std::int64_t h, std::int64_t t) const {
    const auto kv = h / (task.heads / task.kv_heads);
    const auto seen = task.is_causal ? task.key_tokens - task.tokens + t + 1 : task.key_tokens;
    const double scale = 1 / std::sqrt(static_cast<double>(task.head_width));
    std::vector<double> scores;
    double largest_terms = 0;
    for (std::int64_t k = 0; k < seen; ++k) {
      double score = 0;
      double terms = 0;
      for (std::int64_t i = 0; i < task.head_width; ++i) {
        const double term = query.get(b, h, t, i) * key.get(b, kv, k, i) * scale;
        score += term;
        terms += std::abs(term);
      }
      scores.push_back(score);
      largest_terms = std::max(largest_terms, terms);
    }
    const double maximum = *std::max_element(scores.begin(), scores.end());
    double total = 0;
    for (double& score : scores) total += score = std::exp(score - maximum);
    // A float32 sum of n numbers is wrong by n·2^-24 of their absolute sum at most, and each number
    // by the roundings that made it: a score by `width` and those of its factors and its distance
    // to the maximum, which the exponential takes over; a weight by 3 of the exponential and 4 a
    // block for the factors with which maxima change; what is divided by the weights' sum has the
    // error twice.
    const double unit = 0x1p-24;
    const double score_error = (static_cast<double>(task.head_width) + 4) * unit * largest_terms;
    const double weight_error =
        std::expm1(2 * score_error) + (7 + 4.0 * static_cast<double>(seen / 256)) * unit;
    const double error = 2 * (weight_error + static_cast<double>(seen + 2) * unit);
    for (std::int64_t i = 0; i < task.head_width; ++i) {
      double sum = 0;
      double size = 0;
      for (std::int64_t k = 0; k < seen; ++k) {
        const double term = scores[static_cast<std::size_t>(k)] / total * value.get(b, kv, k, i);
        sum += term;
        size += std::abs(term);
      }
      const double tolerance = error * size + (result.at.is_bfloat16 ? 0x1p-8 * std::abs(sum) : 0);
      const double actual = result.get(b, h, t, i);
      ck_assert_msg(std::abs(actual - sum) <= tolerance,
                    "%s: query %d of head %d, number %d: %.9g, not %.9g within %.2g",
                    to_string(set).data(), static_cast<int>(t), static_cast<int>(h),
                    static_cast<int>(i), actual, sum, tolerance);
    }
  }

  Heads query, key, value, result;
  AttentionTask task;
};

START_TEST(attention_equals_its_definition) {
  const Shape& shape = kShapes[_i];
  for (const auto set : usable_instruction_sets()) {
    for (const bool tokens_first : {false, true}) {
      Attention attention(shape, tokens_first);
      attention.attend(set);
      for (std::int64_t b = 0; b < shape.batch; ++b) {
        for (std::int64_t h = 0; h < shape.heads; ++h) {
          for (std::int64_t t = 0; t < shape.tokens; ++t) attention.expect_definition(set, b, h, t);
        }
      }
    }
  }
}
END_TEST

START_TEST(nothing_but_the_result_is_written) {
  for (const auto set : usable_instruction_sets()) {
    for (const auto& shape : kShapes) {
      Attention attention(shape);
      attention.attend(set);
      std::size_t gaps = 0;
      for (const float number : attention.result.floats) gaps += std::isnan(number);
      if (shape.has_bfloat16_rows) {
        gaps = 0;
        for (const auto half : attention.result.halves) gaps += half == 0x7FC0;
      }
      ck_assert_uint_eq(gaps,
                        static_cast<std::size_t>(shape.batch * shape.heads * shape.tokens * 3));
    }
  }
}
END_TEST

// What a thread computes never depends on what others do.
START_TEST(pieces_one_by_one_and_backwards_give_the_same_bits) {
  for (const auto set : usable_instruction_sets()) {
    for (const auto& shape : kShapes) {
      Attention at_once(shape);
      at_once.attend(set);
      Attention by_pieces(shape);
      by_pieces.attend(set);
      std::fill(by_pieces.result.floats.begin(), by_pieces.result.floats.end(), 7.0F);
      for (std::int64_t piece = attention_pieces(by_pieces.task); piece-- > 0;) {
        attend_with(set, by_pieces.task, piece, piece + 1);
      }
      for (std::int64_t h = 0; h < shape.heads; ++h) {
        for (std::int64_t t = 0; t < shape.tokens; ++t) {
          for (std::int64_t i = 0; i < shape.width; ++i) {
            ck_assert_double_eq(by_pieces.result.get(shape.batch - 1, h, t, i),
                                at_once.result.get(shape.batch - 1, h, t, i));
          }
        }
      }
    }
  }
}
END_TEST

// The keys of a prompt's beginning may be there already: its later tokens come out the same.
START_TEST(a_query_yields_the_same_bits_wherever_the_queries_begin) {
  const Shape shape = {1, 2, 2, 150, 150, 64, true, false, false};
  const std::int64_t first = 35;
  for (const auto set : usable_instruction_sets()) {
    Attention all(shape, false);
    all.attend(set);
    Attention later(shape, false);
    later.attend(set);
    std::fill(later.result.floats.begin(), later.result.floats.end(), 7.0F);
    later.task.tokens -= first;
    auto* const queries = static_cast<const float*>(later.task.query.numbers);
    auto* const results = static_cast<float*>(later.task.result.numbers);
    later.task.query.numbers = queries + first * later.task.query.token_stride;
    later.task.result.numbers = results + first * later.task.result.token_stride;
    attend_with(set, later.task, 0, attention_pieces(later.task));
    for (std::int64_t t = first; t < shape.tokens; ++t) {
      for (std::int64_t i = 0; i < shape.width; ++i) {
        ck_assert_double_eq(later.result.get(0, 1, t, i), all.result.get(0, 1, t, i));
      }
    }
  }
}
END_TEST

// Exponentials of such scores are beyond every float; the largest score takes all the weight.
START_TEST(scores_of_any_size_do_not_overflow) {
  for (const auto set : usable_instruction_sets()) {
    for (const std::int64_t tokens : {1, 8}) {
      for (const float size : {1e4F, 1e16F}) {
        Attention attention({1, 1, 1, tokens, 300, 32, false, false, false});
        for (std::int64_t t = 0; t < tokens; ++t) attention.query.set(0, 0, t, 0, size);
        for (std::int64_t k = 0; k < 300; ++k) {
          attention.key.set(0, 0, k, 0,
                            size * (k == 270 ? 1.0F : -1.0F + 0.001F * static_cast<float>(k)));
        }
        attention.attend(set);
        for (std::int64_t t = 0; t < tokens; ++t) {
          for (std::int64_t i = 0; i < 32; ++i) {
            ck_assert_double_eq(attention.result.get(0, 0, t, i),
                                attention.value.get(0, 0, 270, i));
          }
        }
      }
    }
  }
}
END_TEST

START_TEST(a_nan_that_is_seen_stays_a_nan_and_reaches_nobody_else) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const auto set : usable_instruction_sets()) {
    // In a query, in a key and in a value; what is seen of it.
    Attention of_query({1, 1, 1, 20, 40, 32, true, false, false});
    of_query.query.set(0, 0, 9, 3, nan);
    of_query.attend(set);
    Attention of_key({1, 1, 1, 20, 40, 32, true, false, false});
    of_key.key.set(0, 0, 32, 3, nan);  // the newest that query 12 sees
    of_key.attend(set);
    Attention of_value({1, 2, 2, 1, 40, 32, true, false, false});
    of_value.value.set(0, 1, 7, 3, nan);
    of_value.attend(set);
    for (std::int64_t t = 0; t < 20; ++t) {
      for (std::int64_t i = 0; i < 32; ++i) {
        ck_assert(std::isnan(of_query.result.get(0, 0, t, i)) == (t == 9));
        ck_assert(std::isnan(of_key.result.get(0, 0, t, i)) == (t >= 12));
      }
    }
    for (std::int64_t i = 0; i < 32; ++i) {
      ck_assert(!std::isnan(of_value.result.get(0, 0, 0, i)));
      ck_assert(std::isnan(of_value.result.get(0, 1, 0, i)) == (i == 3));
    }
  }
}
END_TEST

Suite* attention_kernels_suite() {
  Suite* suite = suite_create("attention kernels");
  TCase* kernels = tcase_create("kernels");
  tcase_add_loop_test(kernels, attention_equals_its_definition, 0,
                      static_cast<int>(std::size(kShapes)));
  tcase_add_test(kernels, nothing_but_the_result_is_written);
  tcase_add_test(kernels, pieces_one_by_one_and_backwards_give_the_same_bits);
  tcase_add_test(kernels, a_query_yields_the_same_bits_wherever_the_queries_begin);
  tcase_add_test(kernels, scores_of_any_size_do_not_overflow);
  tcase_add_test(kernels, a_nan_that_is_seen_stays_a_nan_and_reaches_nobody_else);
  suite_add_tcase(suite, kernels);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  for (const auto set : dali::usable_instruction_sets()) {
    std::printf("tested here: %s\n", dali::to_string(set).data());
  }
  std::fflush(stdout);
  return dali::run_suite(dali::attention_kernels_suite());
}
