// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/kernels/attention.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

#include "model/kernels/vector_kernels.h"

namespace dali {
namespace {

std::int64_t rounded_up(std::int64_t count, std::int64_t step) {
  return (count + step - 1) / step * step;
}

std::int64_t blocks_of(const AttentionTask& task) {
  return (task.tokens + kBlockQueries - 1) / kBlockQueries;
}

// A piece is two blocks of a head's queries, one from each end, so that all cost the same where
// later queries see more keys.
std::int64_t pieces_of_head(const AttentionTask& task) {
  return (blocks_of(task) + 1) / 2;
}

struct Freed {
  void operator()(float* memory) const { std::free(memory); }
};

// What a thread attends in; it grows to the longest sequence and goes with the thread.
class ThreadMemory {
 public:
  AttentionMemory for_task(const AttentionTask& task) {
    const auto width = rounded_up(task.head_width, kWidestPanel);
    const auto keys = rounded_up(task.key_tokens, kWidestPanel);
    const auto is_one = task.tokens == 1;
    const std::int64_t sizes[] = {
        is_one ? 0 : keys * width, is_one ? 0 : keys * width, (is_one ? 1 : kBlockQueries) * width,
        is_one ? keys : kBlockQueries * kBlockKeys, (is_one ? 1 : kBlockQueries) * width};
    std::int64_t total = 0;
    for (const auto size : sizes) total += size;
    reserve(total);
    float* parts[std::size(sizes)];
    float* next = memory_.get();
    for (std::size_t part = 0; part < std::size(sizes); ++part) {
      parts[part] = next;
      next += sizes[part];
    }
    return {.keys = parts[0],
            .values = parts[1],
            .queries = parts[2],
            .scores = parts[3],
            .sums = parts[4]};
  }

 private:
  void reserve(std::int64_t count) {
    if (count <= reserved_) return;
    memory_.reset();
    reserved_ = 0;
    // Every part is a multiple of kWidestPanel numbers, and so of the 64 bytes of the widest
    // vector.
    auto* const memory = std::aligned_alloc(64, static_cast<std::size_t>(count) * sizeof(float));
    if (memory == nullptr) throw std::bad_alloc();
    memory_.reset(static_cast<float*>(memory));
    reserved_ = count;
  }

  std::unique_ptr<float, Freed> memory_;
  std::int64_t reserved_ = 0;
};

}  // namespace

std::int64_t attention_pieces(const AttentionTask& task) {
  return task.batch * task.heads * (task.tokens == 1 ? 1 : pieces_of_head(task));
}

void attend(const AttentionTask& task, std::int64_t first, std::int64_t end) {
  attend_with(best_instruction_set(), task, first, end);
}

void attend_with(InstructionSet set, const AttentionTask& task, std::int64_t first,
                 std::int64_t end) {
  thread_local ThreadMemory thread_memory;
  const auto memory = thread_memory.for_task(task);
  const VectorKernels& kernels = kernels_for(set);
  if (task.tokens == 1) {
    for (std::int64_t piece = first; piece < end; ++piece) {
      kernels.attend_one(task, piece / task.heads, piece % task.heads, memory);
    }
    return;
  }
  const auto pieces = pieces_of_head(task);
  const auto blocks = blocks_of(task);
  std::int64_t packed = -1;
  for (std::int64_t piece = first; piece < end; ++piece) {
    const auto batch = piece / pieces / task.heads;
    const auto head = piece / pieces % task.heads;
    const auto kv_head = head / (task.heads / task.kv_heads);
    if (packed != batch * task.kv_heads + kv_head) {
      packed = batch * task.kv_heads + kv_head;
      kernels.pack_head(task, batch, kv_head, memory);
    }
    const auto attend_block = [&](std::int64_t block) {
      kernels.attend_block(task, batch, head, block * kBlockQueries,
                           std::min((block + 1) * kBlockQueries, task.tokens), memory);
    };
    const auto block = piece % pieces;
    attend_block(block);
    if (block != blocks - 1 - block) attend_block(blocks - 1 - block);
  }
}

}  // namespace dali
