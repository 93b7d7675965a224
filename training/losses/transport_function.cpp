// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/transport_function.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

namespace dali {

void check_transport_shapes(const char* solver, const at::Tensor& row_weights,
                            const at::Tensor& column_weights, const at::Tensor& cost) {
  TORCH_CHECK(cost.dim() == 3 && row_weights.dim() == 2 && column_weights.dim() == 2 &&
                  row_weights.size(1) == cost.size(1) && column_weights.size(1) == cost.size(2),
              solver, " wants [batch, rows], [batch, columns], [batch, rows, columns], got ",
              row_weights.sizes(), ", ", column_weights.sizes(), ", ", cost.sizes());
}

torch::autograd::variable_list transport_gradients(torch::autograd::AutogradContext* context,
                                                   const at::Tensor& gradient) {
  const auto saved = context->get_saved_variables();
  return {gradient.unsqueeze(1) * saved[0], gradient.unsqueeze(1) * saved[1],
          gradient.view({-1, 1, 1}) * saved[2]};
}

}  // namespace dali
