// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/memory_use.h"

#include <sys/resource.h>

#include <cstddef>

#ifdef DALI_HAS_CUDA_HEADERS
#include <c10/cuda/CUDACachingAllocator.h>
#endif

namespace dali {

double peak_host_memory_gib() {
  constexpr double kKibibytesPerGibibyte = 1024.0 * 1024.0;
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / kKibibytesPerGibibyte;
}

std::optional<double> peak_device_memory_gib([[maybe_unused]] at::Device device) {
#ifdef DALI_HAS_CUDA_HEADERS
  if (device.is_cuda()) {
    constexpr double kBytesPerGibibyte = 1024.0 * 1024.0 * 1024.0;
    constexpr std::size_t kOfAllSizes = 0;  // the first of the allocator's counts
    const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(device.index());
    return static_cast<double>(stats.allocated_bytes[kOfAllSizes].peak) / kBytesPerGibibyte;
  }
#endif
  return std::nullopt;
}

}  // namespace dali
