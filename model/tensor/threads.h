// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>

namespace dali {

// How many threads `wanted` stands for: itself, and for 0 those that OMP_NUM_THREADS names, or else
// the processors that this process may use (model/base/processors.h), shared fairly between the
// processes that torchrun started on this machine. Throws std::invalid_argument below 0.
int thread_count(int wanted);

// From now on the calling thread computes with thread_count(wanted) threads: LibTorch's, which
// OpenMP counts for each calling thread, and OpenBLAS's, which a process has one number of (for 0
// it stays what OPENBLAS_NUM_THREADS says). Threads that call LibTorch for the first time take the
// last number that any has set. The same number gives the same results, bit by bit.
// May be called from any thread, as often as one likes.
void compute_with_threads(int wanted);

// Calls work(first, end) for parts of [0, count) that cover it, side by side on the calling thread
// and the helpers that it computes with; each part but the last has `least` numbers or more. `work`
// throws nothing. In place of at::parallel_for, which lies in a header and does all of it on the
// calling thread unless the file around it is compiled for OpenMP.
void in_parts(std::int64_t count, std::int64_t least,
              const std::function<void(std::int64_t first, std::int64_t end)>& work);

}  // namespace dali
