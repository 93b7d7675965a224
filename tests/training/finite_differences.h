// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/Functions.h>
#include <torch/types.h>

#include <cstdint>
#include <functional>

namespace dali {

// d f / d x by central differences, one number of x, which is float64, at a time.
inline torch::Tensor finite_differences(const torch::Tensor& x,
                                        const std::function<double(const torch::Tensor&)>& f) {
  constexpr double kStep = 1e-6;
  const auto gradient = at::zeros_like(x);
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    auto above = x.clone();
    auto below = x.clone();
    above.view(-1)[i] += kStep;
    below.view(-1)[i] -= kStep;
    gradient.view(-1)[i] = (f(above) - f(below)) / (2 * kStep);
  }
  return gradient;
}

}  // namespace dali
