// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/custom_function.h>

namespace dali {

// What every solver of a transport problem shares, however it finds the plan. Shapes as in
// transport_cost().

// Throws c10::Error naming `solver` and the shapes when they do not belong to one batch of
// problems.
void check_transport_shapes(const char* solver, const at::Tensor& row_weights,
                            const at::Tensor& column_weights, const at::Tensor& cost);

// backward() of a solver whose forward() saved the row potentials, the column potentials and the
// plan: gradient [batch], of the costs -> those of the row weights, column weights and cost matrix.
torch::autograd::variable_list transport_gradients(torch::autograd::AutogradContext* context,
                                                   const at::Tensor& gradient);

}  // namespace dali
