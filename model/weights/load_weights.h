// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "model/tensor/linear.h"
#include "model/weights/safetensors.h"

namespace dali {

// Where weights go when they are loaded, and what to call them when they do not fit.
struct WeightPlacement {
  std::optional<at::ScalarType> dtype = std::nullopt;  // nothing: as the module has it
  at::Device device = at::kCPU;
  // Matrices that are stored as integers are used as they lie, where the device is the CPU. Without
  // it, and on other devices, they become numbers of the dtype: what gradients and GPUs need.
  bool keeps_integers = false;
  // Of error messages: the model's directory or file, and for a tensor that it names, that one.
  std::string source = {};
  std::map<std::string, std::string> tensor_sources = {};
};

// Gives every parameter and buffer of `module` the tensor that is named `prefix` + its path. A
// tensor that has the right dtype and device already is moved in, not copied: the module then
// shares memory with `tensors`, and a mapped file stays mapped. Where `tensors` has the weight of a
// Linear as integers, X.weight.codes and X.weight.scales, they take the place of X.weight.
// Throws std::runtime_error in one line naming the tensor: when one is missing, has another shape
// (both are named), is not of floating point or holds a number that is not finite in the dtype it
// gets, when codes and scales of integers do not belong together, and when `tensors` has one under
// `prefix` that the module lacks. The module is unchanged then.
void load_weights(torch::nn::Module& module, const std::string& prefix, const TensorMap& tensors,
                  const WeightPlacement& placement = {});

// The same errors for names, shapes and types: reads no numbers, and changes nothing.
void check_weights(const torch::nn::Module& module, const std::string& prefix,
                   const TensorMap& tensors, const WeightPlacement& placement = {});

// The Linears of `module`, by the names of their weights, `prefix` + path + ".weight".
std::map<std::string, std::shared_ptr<LinearImpl>> linears_of(const torch::nn::Module& module,
                                                              const std::string& prefix = {});

// True when a tensor of floating point holds neither NaN nor infinity.
bool is_finite(const at::Tensor& tensor);

// All parameters and buffers of `module`, named `prefix` + path: what load_weights() reads back.
TensorMap weights_of(const torch::nn::Module& module, const std::string& prefix = {});

}  // namespace dali
