// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

namespace dali {

struct NormConfig {
  int width = 0;  // at least 1
  double epsilon = 1e-5;
};

// Subtracts the mean over the width, divides by the deviation, then scales and shifts.
struct LayerNormImpl : torch::nn::Module {
  explicit LayerNormImpl(const NormConfig& config);

  // x [..., width] -> [..., width] in the weight's dtype; statistics in float32.
  torch::Tensor forward(const torch::Tensor& x) const;

  torch::Tensor weight;  // [width]
  torch::Tensor bias;    // [width]

 private:
  double epsilon_;
};
TORCH_MODULE(LayerNorm);

// Divides by the root of the mean square over the width, then scales.
struct RmsNormImpl : torch::nn::Module {
  explicit RmsNormImpl(const NormConfig& config);

  // x [..., width] -> [..., width] in the weight's dtype; statistics in float32.
  torch::Tensor forward(const torch::Tensor& x) const;

  // Added to the mean square, for who normalises rows in memory of its own.
  float epsilon() const { return static_cast<float>(epsilon_); }

  torch::Tensor weight;  // [width]

 private:
  double epsilon_;
};
TORCH_MODULE(RmsNorm);

}  // namespace dali
