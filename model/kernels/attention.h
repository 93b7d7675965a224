// SPDX-License-Identifier: LGPL-2.1-or-later
// Attention whose scores never leave the cache: block by block of keys, with the running maximum
// and sum of Dao et al., "FlashAttention" (2022).
#pragma once

#include <cstdint>

#include "model/kernels/instruction_set.h"

namespace dali {

// [batch, heads, tokens, head_width] somewhere, borrowed: the numbers of a head lie side by side,
// and it is so many numbers from one token, head or sample to the next. So the rows that a product
// with weights leaves behind, [tokens, heads·head_width], need no other order first.
template <typename Pointer>
struct HeadsAt {
  Pointer numbers = nullptr;
  bool is_bfloat16 = false;  // else float32
  std::int64_t batch_stride = 0;
  std::int64_t head_stride = 0;
  std::int64_t token_stride = 0;
};

struct AttentionTask {
  std::int64_t batch = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;    // divides heads: neighbours share a key head
  std::int64_t tokens = 0;      // queries
  std::int64_t key_tokens = 0;  // at least 1; where causal, at least `tokens`
  std::int64_t head_width = 0;  // any; the fastest are 64 and 128
  bool is_causal = false;       // query i sees the keys up to key_tokens - tokens + i; else all
  HeadsAt<const void*> query = {};
  HeadsAt<const void*> key = {};
  HeadsAt<const void*> value = {};
  HeadsAt<void*> result = {};  // as the queries; overlaps no operand
};

// Into how many pieces the work falls that may be done side by side. They cost about the same each,
// and the result does not depend on who does which.
std::int64_t attention_pieces(const AttentionTask& task);

// result = softmax(query · keyᵀ / √head_width) · value for the pieces [first, end), computed in
// float32. A NaN that a query sees comes out as NaN, no size of scores overflows. On the calling
// thread, which keeps the memory that it needs, keys and values of one head in float32, for the
// next time.
void attend(const AttentionTask& task, std::int64_t first, std::int64_t end);

// The same with the kernels for one of usable_instruction_sets(): for tests.
void attend_with(InstructionSet set, const AttentionTask& task, std::int64_t first,
                 std::int64_t end);

}  // namespace dali
