// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

namespace dali {

// Squared Euclidean distance of every row of `from` to every row of `to`, at least 0.
// from [batch, rows, width], to [batch, columns, width] -> [batch, rows, columns].
// One matrix product: a broadcast difference would take rows * columns * width numbers.
at::Tensor squared_distance(const at::Tensor& from, const at::Tensor& to);

// How far squared_distance() may be off, since the product cancels against the norms: what is no
// more than that may be 0. Same shapes; no gradient.
at::Tensor rounding_of_squared_distance(const at::Tensor& from, const at::Tensor& to);

}  // namespace dali
