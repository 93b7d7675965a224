// SPDX-License-Identifier: LGPL-2.1-or-later
// A second device that every machine has: its memory is the host's, its operators are the CPU's,
// but LibTorch takes its tensors for those of another device. What works here without a transfer
// works without one on a GPU.
#pragma once

#include <c10/core/Device.h>
#include <torch/version.h>

// One of LibTorch's device types that weights may move to and that no build for the CPU or for CUDA
// has anything of its own for. LibTorch 1.13 moves no weights to an HPU, 2.x copies to an XPU
// itself.
#if TORCH_VERSION_MAJOR >= 2
#define DALI_PRETEND_DEVICE HPU
#else
#define DALI_PRETEND_DEVICE XPU
#endif

namespace dali {

// An operator that gets one of its tensors and one of the CPU's, a plain number apart, throws.
inline constexpr at::DeviceType kPretendDevice = at::DeviceType::DALI_PRETEND_DEVICE;

// What crossed between the host and the pretended device so far, in this process.
struct Transfers {
  int to_device = 0;
  int to_host = 0;
};

Transfers transfers();

}  // namespace dali
