// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

namespace dali {

struct LinearConfig {
  int input_width = 0;   // at least 1
  int output_width = 0;  // at least 1
  bool has_bias = true;
};

// x · weightᵀ + bias. The one place where the formats of weights differ: whoever owns a Linear sees
// activations alone.
struct LinearImpl : torch::nn::Module {
  explicit LinearImpl(const LinearConfig& config);

  // x [..., input_width], any floating dtype -> [..., output_width] in the weight's dtype.
  torch::Tensor forward(const torch::Tensor& x) const;

  torch::Tensor weight;  // [output_width, input_width]
  torch::Tensor bias;    // [output_width]; undefined and not registered without one
};
TORCH_MODULE(Linear);

}  // namespace dali
