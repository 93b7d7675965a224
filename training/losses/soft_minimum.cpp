// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/soft_minimum.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <limits>

namespace dali {

at::Tensor soft_minimum(at::Tensor& terms, const at::Tensor& log_weights,
                        const at::Tensor& potentials, const at::Tensor& cost,
                        const at::Tensor& entropy_weight, std::int64_t dim) {
  at::sub_out(terms, potentials, cost);
  terms.div_(entropy_weight).add_(log_weights);
  // Of nothing but weights of 0 the greatest is -inf, which cannot be subtracted.
  const auto greatest =
      terms.amax({dim}, /*keepdim=*/true).clamp_min(std::numeric_limits<float>::lowest());
  terms.sub_(greatest).exp_();
  return -entropy_weight * (terms.sum({dim}, /*keepdim=*/true).log() + greatest);
}

}  // namespace dali
