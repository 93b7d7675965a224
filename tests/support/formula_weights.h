// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/ops/arange.h>
#include <torch/nn/module.h>

namespace dali {

// Numbers without order or symmetry, the same everywhere: [shape], float32, in [-scale, scale].
// Different phases give different numbers.
inline torch::Tensor formula_tensor(at::IntArrayRef shape, double scale = 1.0, double phase = 0.0) {
  const auto count = c10::multiply_integers(shape);
  const auto index = at::arange(count, at::kDouble) + phase;
  return ((index * index * 0.37 + index * 1.3 + phase).cos() * scale).to(at::kFloat).reshape(shape);
}

// Gives every weight of a module numbers by formula: norms around 1, matrices large enough that
// every part of the module shows in its output.
inline void set_formula_weights(torch::nn::Module& module) {
  double phase = 1.0;
  for (const auto& parameter : module.named_parameters()) {
    const auto& name = parameter.key();
    auto weight = parameter.value();
    const bool is_norm_scale = name.find("norm.weight") != std::string::npos;
    const double scale = weight.dim() > 1 ? 0.3 : 0.1;
    weight.set_data(formula_tensor(weight.sizes(), scale, phase) + (is_norm_scale ? 1.0 : 0.0));
    phase += 17.0;
  }
}

// The greatest |a - b|, for messages and bounds.
inline double greatest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a.detach().to(at::kDouble) - b.detach().to(at::kDouble)).abs().max().item<double>();
}

}  // namespace dali
