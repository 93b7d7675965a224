// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/squared_distance.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

namespace dali {

at::Tensor squared_distance(const at::Tensor& from, const at::Tensor& to) {
  const auto from_norm = from.square().sum(-1, /*keepdim=*/true);
  const auto to_norm = to.square().sum(-1).unsqueeze(-2);
  // Round-off makes the distance of equal rows slightly negative.
  return at::baddbmm(from_norm + to_norm, from, to.transpose(-1, -2), /*beta=*/1, /*alpha=*/-2)
      .clamp_min(0);
}

}  // namespace dali
