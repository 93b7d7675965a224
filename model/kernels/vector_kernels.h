// SPDX-License-Identifier: LGPL-2.1-or-later
// What is compiled once for each set of instructions (vector_kernels_*.cpp) and chosen when it
// runs.
#pragma once

#include <cstdint>

#include "model/kernels/attention.h"
#include "model/kernels/instruction_set.h"

namespace dali {

// Queries that attend together: a multiple of every tile's rows.
inline constexpr std::int64_t kBlockQueries = 48;
// Keys whose scores lie in the cache together: a multiple of every panel's width.
inline constexpr std::int64_t kBlockKeys = 256;
// Panels of keys and values are filled up to a multiple of this.
inline constexpr std::int64_t kWidestPanel = 64;

// The keys and values of one head in float32 and in the order of the products, and what a block of
// queries needs; pointers into memory of the caller's, aligned to 64 bytes. `padded` is up to the
// next multiple of kWidestPanel.
struct AttentionMemory {
  float* keys = nullptr;     // [padded key_tokens · head_width]
  float* values = nullptr;   // [key_tokens · padded head_width]
  float* queries = nullptr;  // [kBlockQueries · padded head_width]
  float* scores = nullptr;   // [kBlockQueries · kBlockKeys]; for one query [padded key_tokens]
  float* sums = nullptr;     // [kBlockQueries · padded head_width]
};

struct VectorKernels {
  // Brings keys and values of a head into the products' order.
  void (*pack_head)(const AttentionTask& task, std::int64_t batch, std::int64_t kv_head,
                    const AttentionMemory& memory);
  // Queries [first, end) of a head, at most kBlockQueries, whose keys and values are packed.
  void (*attend_block)(const AttentionTask& task, std::int64_t batch, std::int64_t head,
                       std::int64_t first, std::int64_t end, const AttentionMemory& memory);
  // The only query of a head, against keys and values as they lie.
  void (*attend_one)(const AttentionTask& task, std::int64_t batch, std::int64_t head,
                     const AttentionMemory& memory);

  void (*rms_norm)(const float* row, const void* weight, bool is_bfloat16, std::int64_t width,
                   float epsilon, float* result);
  void (*silu_product)(float* gate, const float* factor, std::int64_t count);
  void (*gelu)(void* numbers, bool is_bfloat16, std::int64_t count);
  void (*quick_gelu)(void* numbers, bool is_bfloat16, std::int64_t count);
  void (*rotate)(float* head, const float* cosines, const float* signed_sines, std::int64_t width);
  void (*add)(float* sums, const void* numbers, bool is_bfloat16, std::int64_t count);
  void (*to_bfloat16)(const float* numbers, std::int64_t count, void* result);
  void (*to_float32)(const void* numbers, std::int64_t count, float* result);
};

extern const VectorKernels kPortableKernels;
extern const VectorKernels kAvx2Kernels;
extern const VectorKernels kAvx512Kernels;

// Those of usable_instruction_sets() for `set`.
const VectorKernels& kernels_for(InstructionSet set);

}  // namespace dali
