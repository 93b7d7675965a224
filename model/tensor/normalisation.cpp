// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/tensor/normalisation.h"

#include <ATen/ops/layer_norm.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/square.h>

#include "model/tensor/weight_initialisation.h"

namespace dali {

LayerNormImpl::LayerNormImpl(const NormConfig& config)
    : weight(register_parameter("weight", constant_weight({config.width}, 1))),
      bias(register_parameter("bias", constant_weight({config.width}, 0))),
      epsilon_(config.epsilon) {}

torch::Tensor LayerNormImpl::forward(const torch::Tensor& x) const {
  return at::layer_norm(x.to(weight.scalar_type()), weight.sizes(), weight, bias, epsilon_);
}

RmsNormImpl::RmsNormImpl(const NormConfig& config)
    : weight(register_parameter("weight", constant_weight({config.width}, 1))),
      epsilon_(config.epsilon) {}

torch::Tensor RmsNormImpl::forward(const torch::Tensor& x) const {
  const auto exact = x.to(at::kFloat);
  const auto inverse = at::rsqrt(at::mean(at::square(exact), -1, /*keepdim=*/true) + epsilon_);
  return (exact * inverse).to(weight.scalar_type()) * weight;
}

}  // namespace dali
