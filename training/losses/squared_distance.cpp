// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/squared_distance.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <cmath>

namespace dali {
namespace {

// rows [batch, rows, 1] of `from`, columns [batch, 1, columns] of `to`.
struct SquaredNorms {
  at::Tensor rows;
  at::Tensor columns;
};

SquaredNorms squared_norms(const at::Tensor& from, const at::Tensor& to) {
  return {.rows = from.square().sum(-1, /*keepdim=*/true),
          .columns = to.square().sum(-1).unsqueeze(-2)};
}

}  // namespace

at::Tensor squared_distance(const at::Tensor& from, const at::Tensor& to) {
  const auto norms = squared_norms(from, to);
  // Round-off makes the distance of equal rows slightly negative.
  return at::baddbmm(norms.rows + norms.columns, from, to.transpose(-1, -2), /*beta=*/1,
                     /*alpha=*/-2)
      .clamp_min(0);
}

at::Tensor rounding_of_squared_distance(const at::Tensor& from, const at::Tensor& to) {
  const c10::NoGradGuard constant;
  const auto norms = squared_norms(from, to);
  // A sum of `width` products is off by some sqrt(width) roundings.
  const double one = from.scalar_type() == at::kDouble ? 0x1p-53 : 0x1p-24;
  return (norms.rows + norms.columns) * (2 * one * std::sqrt(static_cast<double>(from.size(-1))));
}

}  // namespace dali
