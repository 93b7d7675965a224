// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace dali {

// -w log sum exp(log_weights + (potentials - cost) / w) over `dim`, kept as an axis of 1: one half
// of a Sinkhorn iteration in the logarithm, with w the entropy's weight, a positive number or one a
// sample. As at::logsumexp has it, but in the memory of `terms`, which is of cost's shape and left
// with nothing of use: at the published size each tensor of a batch takes 75 MB, and mapping such
// anew in every step cost three times what the arithmetic does.
// cost [batch, rows, columns]; the others [batch, rows, 1] or [batch, 1, columns], along `dim`.
at::Tensor soft_minimum(at::Tensor& terms, const at::Tensor& log_weights,
                        const at::Tensor& potentials, const at::Tensor& cost,
                        const at::Tensor& entropy_weight, std::int64_t dim);

}  // namespace dali
