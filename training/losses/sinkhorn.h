// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

namespace dali {

// The cost of moving one distribution of tokens onto another, nearly: transport with a little
// entropy (Cuturi, "Sinkhorn Distances", 2013), for all samples at once, in the logarithm, on the
// device where the tensors are. The entropy's weight falls to a two-hundredth of the sample's mean
// cost. The plan is then rounded to one with exactly these marginals, so that the cost is never
// less than the exact one; `meson test --benchmark` says how much more it is. Shapes, gradients and
// dtype as transport_cost().
at::Tensor sinkhorn_cost(const at::Tensor& row_weights, const at::Tensor& column_weights,
                         const at::Tensor& cost);

}  // namespace dali
