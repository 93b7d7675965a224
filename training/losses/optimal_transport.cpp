// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/optimal_transport.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <limits>

#include "command/in_parallel.h"
#include "training/losses/network_simplex.h"
#include "training/losses/squared_distance.h"
#include "training/losses/transport_function.h"

namespace dali {
namespace {

std::span<const double> values(const torch::Tensor& row) {
  return {row.data_ptr<double>(), static_cast<std::size_t>(row.numel())};
}

torch::Tensor to_contiguous_double(const torch::Tensor& tensor) {
  return tensor.detach().to(at::kCPU, at::kDouble).contiguous();
}

class TransportCost : public torch::autograd::Function<TransportCost> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               const torch::Tensor& row_weights,
                               const torch::Tensor& column_weights, const torch::Tensor& cost) {
    const auto rows = to_contiguous_double(row_weights);
    const auto columns = to_contiguous_double(column_weights);
    const auto costs = to_contiguous_double(cost);
    const auto batch = costs.size(0);

    const auto value = at::empty({batch}, costs.options());
    const auto plan = at::zeros_like(costs);
    const auto row_potentials = at::zeros_like(rows);
    const auto column_potentials = at::zeros_like(columns);
    // A sample that is not finite makes the loss so, and the loop then names the examples.
    const auto is_finite = costs.isfinite().flatten(1).all(1);
    in_parallel(static_cast<int>(batch), at::get_num_threads(), [&](int sample) {
      if (!is_finite.data_ptr<bool>()[sample]) {
        value.data_ptr<double>()[sample] = std::numeric_limits<double>::quiet_NaN();
        return;
      }
      const TransportPlan solution =
          solve_transport(values(rows[sample]), values(columns[sample]), values(costs[sample]));
      value.data_ptr<double>()[sample] = solution.cost;
      std::ranges::copy(solution.plan, plan[sample].data_ptr<double>());
      std::ranges::copy(solution.row_potentials, row_potentials[sample].data_ptr<double>());
      std::ranges::copy(solution.column_potentials, column_potentials[sample].data_ptr<double>());
    });

    context->save_for_backward({
        (row_potentials - row_potentials.mean(1, /*keepdim=*/true)).to(row_weights.options()),
        (column_potentials - column_potentials.mean(1, true)).to(column_weights.options()),
        plan.to(cost.options()),
    });
    return value.to(cost.options());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return transport_gradients(context, gradients[0]);
  }
};

}  // namespace

torch::Tensor transport_cost(const torch::Tensor& row_weights, const torch::Tensor& column_weights,
                             const torch::Tensor& cost) {
  check_transport_shapes("transport_cost", row_weights, column_weights, cost);
  return TransportCost::apply(row_weights, column_weights, cost);
}

AlignmentTerms UniformTransport::forward(const torch::Tensor& audio, const torch::Tensor& image) {
  const auto uniform = [](const torch::Tensor& tokens) {
    return at::full({tokens.size(0), tokens.size(1)}, 1.0 / static_cast<double>(tokens.size(1)),
                    tokens.options().requires_grad(false));
  };
  const auto cost = solver_(uniform(audio), uniform(image), squared_distance(audio, image));
  return {.distance = cost.mean()};
}

}  // namespace dali
