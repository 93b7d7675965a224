// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <c10/core/Device.h>

#include <optional>

namespace dali {

// The most memory that this process has had in use at any moment, in GiB: as the kernel counts what
// is resident, files that are mapped among it.
double peak_host_memory_gib();

// The same of tensors on a GPU, from LibTorch's allocator; it reserves somewhat more. Nothing for
// the CPU, and in a build without CUDA's headers.
std::optional<double> peak_device_memory_gib(at::Device device);

}  // namespace dali
