// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/prepare_training.h"

#include <ATen/Context.h>
#include <malloc.h>

#include "command/narration.h"
#include "model/tensor/threads.h"

namespace dali {
namespace {

// Every step frees tensors of megabytes and wants the same again. Given back to the kernel in
// between, they would come back page by page, cleared: a tenth of a small model's time.
void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kOneGibibyte = 1 << 30;
  ::mallopt(M_MMAP_THRESHOLD, kOneGibibyte);
  ::mallopt(M_TRIM_THRESHOLD, kOneGibibyte);
#endif
}

}  // namespace

std::unique_ptr<ProcessGroup> prepare_training(const LoopConfig& config) {
  validate(config);
  keep_freed_memory();
  compute_with_threads(config.threads);
  at::manual_seed(config.seed);
  auto processes = join_process_group(config.peer_timeout_s, own_device(config.device));
  narrate("process {} of {} computes on {} in {}, with {} threads", processes->rank() + 1,
          processes->count(), processes->device().str(), config.precision,
          thread_count(config.threads));
  return processes;
}

}  // namespace dali
