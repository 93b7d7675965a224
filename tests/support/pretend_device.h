// A second device that every machine has: its memory is the host's, its operators are the CPU's,
// but LibTorch takes its tensors for those of another device. What works here without a transfer
// works without one on a GPU.
#pragma once

#include <c10/core/Device.h>

namespace dali {

// One of LibTorch's device types that no build of it for the CPU or for CUDA has kernels for. An
// operator that gets one of its tensors and one of the CPU's, a plain number apart, throws.
inline constexpr at::DeviceType kPretendDevice = at::DeviceType::XPU;

// What crossed between the host and the pretended device so far, in this process.
struct Transfers {
  int to_device = 0;
  int to_host = 0;
};

Transfers transfers();

}  // namespace dali
