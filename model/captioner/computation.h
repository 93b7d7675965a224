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

// The dtype that weights are loaded in, and why, as a sentence for the user: "float32, as ...".
struct Precision {
  at::ScalarType dtype = at::kFloat;
  std::string description;
};

// What an option names: "float32", "bfloat16", or "auto", which is what this processor is faster in
// by far, else float32, as long as `tensors` take at most 4 GiB in it; one of seven billion
// parameters fits into 20 GiB then. On the CPU a large model in bfloat16 also decides how the
// process multiplies such weights (set_bfloat16_arithmetic()). Throws std::invalid_argument for
// another name.
Precision precision_named(const std::string& name, const TensorMap& tensors, at::Device device);

// Returns once the device has done what it was given; LibTorch hands a GPU its work and goes on.
void wait_for(at::Device device);

}  // namespace dali
