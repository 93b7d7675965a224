// SPDX-License-Identifier: LGPL-2.1-or-later
// The kernels of attention, compiled once for each set of instructions as vector_code.h says.
// Besides kLanes they want kTileVectors and kTileRows: the sums that fit into registers.
#pragma once

#include "model/kernels/vector_code.h"
#include "model/kernels/vector_kernels.h"

namespace dali {
namespace {

// Neighbouring columns of the right side of a product, which lies panel by panel: [panels, depth,
// kPanel].
constexpr std::int64_t kPanel = kTileVectors * kLanes;
static_assert(kWidestPanel % kPanel == 0 && kBlockKeys % kPanel == 0 &&
              kBlockQueries % kTileRows == 0);

// The lowest finite number: what a running maximum begins with, so that the difference of two is
// never one of infinities.
constexpr float kLowest = -__FLT_MAX__;

// Where the sums of a product go.
struct Sums {
  float* sums = nullptr;  // [rows, stride]
  std::int64_t stride = 0;
  const float* factors = nullptr;  // [rows]: where sums are added to, what they are multiplied with
                                   // before
};

// sums[row, column] += sum over i of left[row, i] · panel[i, column], for so many rows and vectors
// of columns, in the order of i. Without kAdds what stands there does not count.
template <bool kAdds, int kRows, int kVectors>
DALI_INLINE void multiply_tile(const float* left, std::int64_t left_stride, const float* panel,
                               std::int64_t depth, Sums result) {
  Floats sums[kRows][kVectors] = {};
  if constexpr (kAdds) {
#pragma GCC unroll 16
    for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 16
      for (int vector = 0; vector < kVectors; ++vector) {
        sums[row][vector] = loaded<Floats>(result.sums + row * result.stride + vector * kLanes) *
                            result.factors[row];
      }
    }
  }
  for (std::int64_t i = 0; i < depth; ++i, panel += kPanel) {
    Floats columns[kVectors];
#pragma GCC unroll 16
    for (int vector = 0; vector < kVectors; ++vector) {
      columns[vector] = loaded<Floats>(panel + vector * kLanes);
    }
#pragma GCC unroll 16
    for (int row = 0; row < kRows; ++row) {
      const Floats factor = all(left[row * left_stride + i]);
#pragma GCC unroll 16
      for (int vector = 0; vector < kVectors; ++vector) {
        sums[row][vector] += factor * columns[vector];
      }
    }
  }
#pragma GCC unroll 16
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 16
    for (int vector = 0; vector < kVectors; ++vector) {
      store(result.sums + row * result.stride + vector * kLanes, sums[row][vector]);
    }
  }
}

// The same for up to kTileRows rows and kPanel columns, of which whole vectors are computed. What a
// row yields does not depend on the rows beside it.
template <bool kAdds, int kRows = kTileRows>
void multiply(std::int64_t rows, const float* left, std::int64_t left_stride, const float* panel,
              std::int64_t depth, std::int64_t columns, Sums result) {
  if constexpr (kRows > 1) {
    if (rows < kRows) {
      return multiply<kAdds, kRows - 1>(rows, left, left_stride, panel, depth, columns, result);
    }
  }
  if (columns > kPanel - kLanes) {
    multiply_tile<kAdds, kRows, kTileVectors>(left, left_stride, panel, depth, result);
    return;
  }
  for (std::int64_t column = 0; column < columns; column += kLanes) {
    multiply_tile<kAdds, kRows, 1>(left, left_stride, panel + column, depth, result);
    result.sums += kLanes;
  }
}

// Where the numbers of a head's token begin.
template <typename Pointer>
DALI_INLINE std::int64_t place_of(const HeadsAt<Pointer>& heads, std::int64_t batch,
                                  std::int64_t head, std::int64_t token) {
  return batch * heads.batch_stride + head * heads.head_stride + token * heads.token_stride;
}

template <bool kIsBfloat16>
void pack_keys(const AttentionTask& task, std::int64_t start, float* packed) {
  const std::int64_t width = task.head_width;
  const std::int64_t stride = task.key.token_stride;
  for (std::int64_t first = 0; first < rounded_up(task.key_tokens, kPanel); first += kLanes) {
    const std::int64_t count = least_of(kLanes, task.key_tokens - first);
    float* const columns = packed + first / kPanel * kPanel * width + first % kPanel;
    const std::int64_t place = start + first * stride;
    std::int64_t i = 0;
    if (count == kLanes) {
      for (; i + kLanes <= width; i += kLanes) {
        Floats square[kLanes];
        for (std::int64_t key = 0; key < kLanes; ++key) {
          square[key] = numbers_at<kIsBfloat16>(task.key.numbers, place + key * stride + i);
        }
        transpose(square);
        for (std::int64_t row = 0; row < kLanes; ++row) {
          store(columns + (i + row) * kPanel, square[row]);
        }
      }
    }
    for (; i < width; ++i) {
      for (std::int64_t key = 0; key < kLanes; ++key) {
        columns[i * kPanel + key] =
            key < count ? number_at<kIsBfloat16>(task.key.numbers, place + key * stride + i) : 0;
      }
    }
  }
}

template <bool kIsBfloat16>
void pack_values(const AttentionTask& task, std::int64_t start, float* packed) {
  const std::int64_t width = task.head_width;
  for (std::int64_t first = 0; first < width; first += kPanel) {
    const std::int64_t count = least_of(kPanel, width - first);
    for (std::int64_t key = 0; key < task.key_tokens; ++key, packed += kPanel) {
      const std::int64_t place = start + key * task.value.token_stride + first;
      std::int64_t i = 0;
      for (; i + kLanes <= count; i += kLanes) {
        store(packed + i, numbers_at<kIsBfloat16>(task.value.numbers, place + i));
      }
      for (; i < count; ++i) packed[i] = number_at<kIsBfloat16>(task.value.numbers, place + i);
      for (; i < kPanel; ++i) packed[i] = 0;
    }
  }
}

void pack_head(const AttentionTask& task, std::int64_t batch, std::int64_t kv_head,
               const AttentionMemory& memory) {
  const std::int64_t key = place_of(task.key, batch, kv_head, 0);
  const std::int64_t value = place_of(task.value, batch, kv_head, 0);
  task.key.is_bfloat16 ? pack_keys<true>(task, key, memory.keys)
                       : pack_keys<false>(task, key, memory.keys);
  task.value.is_bfloat16 ? pack_values<true>(task, value, memory.values)
                         : pack_values<false>(task, value, memory.values);
}

// So scaled, the weight of a score is a power of two.
float scale_of(const AttentionTask& task) {
  constexpr double kLog2OfE = 1.4426950408889634;
  return static_cast<float>(kLog2OfE / __builtin_sqrt(static_cast<double>(task.head_width)));
}

template <bool kIsBfloat16>
DALI_INLINE void scale_row(const void* numbers, std::int64_t start, std::int64_t width, float scale,
                           float* result) {
  for (std::int64_t i = 0; i < width; ++i) {
    result[i] = number_at<kIsBfloat16>(numbers, start + i) * scale;
  }
}
void scaled_query(const AttentionTask& task, std::int64_t start, float* result) {
  task.query.is_bfloat16
      ? scale_row<true>(task.query.numbers, start, task.head_width, scale_of(task), result)
      : scale_row<false>(task.query.numbers, start, task.head_width, scale_of(task), result);
}

template <bool kIsBfloat16>
DALI_INLINE void put_row(const float* sums, float factor, std::int64_t width, void* numbers,
                         std::int64_t start) {
  std::int64_t i = 0;
  for (; i + kLanes <= width; i += kLanes) {
    put<kIsBfloat16>(loaded<Floats>(sums + i) * factor, numbers, start + i);
  }
  for (; i < width; ++i) put<kIsBfloat16>(sums[i] * factor, numbers, start + i);
}
void put_result(const AttentionTask& task, std::int64_t start, const float* sums, float factor) {
  task.result.is_bfloat16
      ? put_row<true>(sums, factor, task.head_width, task.result.numbers, start)
      : put_row<false>(sums, factor, task.head_width, task.result.numbers, start);
}

// Turns scores into weights, 2^(score - maximum), and returns their sum. Of `count` scores,
// `visible` count; up to the next whole vector the rest become 0.
DALI_INLINE float weigh(float* scores, std::int64_t visible, std::int64_t count, float maximum) {
  for (std::int64_t key = visible; key < rounded_up(count, kLanes); ++key) {
    scores[key] = -__builtin_inff();
  }
  Floats sums = {};
  for (std::int64_t key = 0; key < count; key += kLanes) {
    const Floats weights = power_of_two(loaded<Floats>(scores + key) - maximum);
    store(scores + key, weights);
    sums += weights;
  }
  return sum_of(sums);
}

DALI_INLINE float largest_score(const float* scores, std::int64_t visible, float least) {
  Floats largest = all(least);
  std::int64_t key = 0;
  for (; key + kLanes <= visible; key += kLanes) {
    const Floats next = loaded<Floats>(scores + key);
    largest = next > largest ? next : largest;
  }
  float result = largest_of(largest);
  for (; key < visible; ++key) result = scores[key] > result ? scores[key] : result;
  return result;
}

void attend_block(const AttentionTask& task, std::int64_t batch, std::int64_t head,
                  std::int64_t first, std::int64_t end, const AttentionMemory& memory) {
  const std::int64_t width = task.head_width;
  const std::int64_t padded_width = rounded_up(width, kPanel);
  const std::int64_t queries = end - first;
  // Query `first + row` sees the keys before seen + row.
  const std::int64_t seen = task.key_tokens - task.tokens + first + 1;
  const auto visible_keys = [&](std::int64_t row) {
    return task.is_causal ? seen + row : task.key_tokens;
  };
  float maxima[kBlockQueries];
  float totals[kBlockQueries];
  float factors[kBlockQueries];
  for (std::int64_t row = 0; row < queries; ++row) {
    scaled_query(task, place_of(task.query, batch, head, first + row),
                 memory.queries + row * padded_width);
    maxima[row] = kLowest;
    totals[row] = 0;
  }
  const std::int64_t last_key = visible_keys(queries - 1);
  for (std::int64_t key = 0; key < last_key; key += kBlockKeys) {
    const std::int64_t count = least_of(kBlockKeys, last_key - key);
    for (std::int64_t column = 0; column < count; column += kPanel) {
      const float* const panel = memory.keys + (key + column) * width;
      for (std::int64_t row = 0; row < queries; row += kTileRows) {
        const std::int64_t rows = least_of(kTileRows, queries - row);
        const std::int64_t visible = visible_keys(row + rows - 1) - key - column;
        if (visible <= 0) continue;
        multiply<false>(rows, memory.queries + row * padded_width, padded_width, panel, width,
                        least_of(least_of(kPanel, count - column), visible),
                        {.sums = memory.scores + row * kBlockKeys + column, .stride = kBlockKeys});
      }
    }
    for (std::int64_t row = 0; row < queries; ++row) {
      float* const scores = memory.scores + row * kBlockKeys;
      std::int64_t visible = least_of(count, visible_keys(row) - key);
      if (visible < 0) visible = 0;
      const float maximum = largest_score(scores, visible, maxima[row]);
      factors[row] = power_of_two(all(maxima[row] - maximum))[0];
      totals[row] = totals[row] * factors[row] + weigh(scores, visible, count, maximum);
      maxima[row] = maximum;
    }
    for (std::int64_t column = 0; column < width; column += kPanel) {
      const float* const panel = memory.values + column * task.key_tokens + key * kPanel;
      for (std::int64_t row = 0; row < queries; row += kTileRows) {
        const std::int64_t rows = least_of(kTileRows, queries - row);
        const std::int64_t visible = least_of(count, visible_keys(row + rows - 1) - key);
        if (visible <= 0) continue;
        const Sums sums = {.sums = memory.sums + row * padded_width + column,
                           .stride = padded_width,
                           .factors = factors + row};
        (key == 0 ? multiply<false, kTileRows>
                  : multiply<true, kTileRows>)(rows, memory.scores + row * kBlockKeys, kBlockKeys,
                                               panel, visible, least_of(kPanel, width - column),
                                               sums);
      }
    }
  }
  for (std::int64_t row = 0; row < queries; ++row) {
    put_result(task, place_of(task.result, batch, head, first + row),
               memory.sums + row * padded_width, 1.0F / totals[row]);
  }
}

// scores[key] = query · key, for all keys: every number of them is read once.
template <bool kIsBfloat16>
void score_keys(const AttentionTask& task, std::int64_t start, const float* query, float* scores) {
  const std::int64_t width = task.head_width;
  for (std::int64_t key = 0; key < task.key_tokens; ++key, start += task.key.token_stride) {
    // Two sums, which do not wait for each other's additions.
    Floats former = {};
    Floats latter = {};
    std::int64_t i = 0;
    for (; i + 2 * kLanes <= width; i += 2 * kLanes) {
      former += numbers_at<kIsBfloat16>(task.key.numbers, start + i) * loaded<Floats>(query + i);
      latter += numbers_at<kIsBfloat16>(task.key.numbers, start + i + kLanes) *
                loaded<Floats>(query + i + kLanes);
    }
    float sum = sum_of(former + latter);
    for (; i < width; ++i) sum += number_at<kIsBfloat16>(task.key.numbers, start + i) * query[i];
    scores[key] = sum;
  }
}

// sums[i] = sum over keys of weights[key] · value[key, i]
template <bool kIsBfloat16>
void add_values(const AttentionTask& task, std::int64_t start, const float* weights, float* sums) {
  constexpr int kVectors = 8;
  const std::int64_t width = task.head_width;
  std::int64_t i = 0;
  for (; i + kVectors * kLanes <= width; i += kVectors * kLanes) {
    Floats columns[kVectors] = {};
    for (std::int64_t key = 0; key < task.key_tokens; ++key) {
      const Floats weight = all(weights[key]);
      const std::int64_t place = start + key * task.value.token_stride + i;
#pragma GCC unroll 16
      for (int vector = 0; vector < kVectors; ++vector) {
        columns[vector] +=
            weight * numbers_at<kIsBfloat16>(task.value.numbers, place + vector * kLanes);
      }
    }
#pragma GCC unroll 16
    for (int vector = 0; vector < kVectors; ++vector) {
      store(sums + i + vector * kLanes, columns[vector]);
    }
  }
  for (; i + kLanes <= width; i += kLanes) {
    Floats column = {};
    for (std::int64_t key = 0; key < task.key_tokens; ++key) {
      column +=
          all(weights[key]) *
          numbers_at<kIsBfloat16>(task.value.numbers, start + key * task.value.token_stride + i);
    }
    store(sums + i, column);
  }
  for (; i < width; ++i) {
    float column = 0;
    for (std::int64_t key = 0; key < task.key_tokens; ++key) {
      column += weights[key] * number_at<kIsBfloat16>(task.value.numbers,
                                                      start + key * task.value.token_stride + i);
    }
    sums[i] = column;
  }
}

void attend_one(const AttentionTask& task, std::int64_t batch, std::int64_t head,
                const AttentionMemory& memory) {
  const std::int64_t kv_head = head / (task.heads / task.kv_heads);
  const std::int64_t key = place_of(task.key, batch, kv_head, 0);
  const std::int64_t value = place_of(task.value, batch, kv_head, 0);
  scaled_query(task, place_of(task.query, batch, head, 0), memory.queries);
  task.key.is_bfloat16 ? score_keys<true>(task, key, memory.queries, memory.scores)
                       : score_keys<false>(task, key, memory.queries, memory.scores);
  const float maximum = largest_score(memory.scores, task.key_tokens, kLowest);
  const float total = weigh(memory.scores, task.key_tokens, task.key_tokens, maximum);
  task.value.is_bfloat16 ? add_values<true>(task, value, memory.scores, memory.sums)
                         : add_values<false>(task, value, memory.scores, memory.sums);
  put_result(task, place_of(task.result, batch, head, 0), memory.sums, 1.0F / total);
}

}  // namespace
}  // namespace dali
