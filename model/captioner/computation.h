// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <string>

#include "model/weights/safetensors.h"

namespace dali {

// The device that an option names: "auto", "cpu", "cuda" or "cuda:N". Throws std::invalid_argument
// for another name and for a device that this machine or this LibTorch does not have.
at::Device device_named(const std::string& name);

// The dtype that an option names: "float32", "bfloat16", or "auto", which is float32 as long as
// `tensors` take at most 4 GiB in it. Small models lose nothing then, and one of seven billion
// parameters fits into 20 GiB. Throws std::invalid_argument for another name.
at::ScalarType dtype_named(const std::string& name, const TensorMap& tensors);

// Returns once the device has done what it was given; LibTorch hands a GPU its work and goes on.
void wait_for(at::Device device);

}  // namespace dali
