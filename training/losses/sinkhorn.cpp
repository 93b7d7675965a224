// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/sinkhorn.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "training/losses/soft_minimum.h"
#include "training/losses/transport_function.h"
#include "training/timing/step_clock.h"

namespace dali {
namespace {

constexpr double kFinalEntropyWeight = 1.0 / 200;  // times the mean cost
constexpr int kFallingSteps = 40;
constexpr int kFinalSteps = 60;

// a / b, and 0 where b is.
at::Tensor share(const at::Tensor& a, const at::Tensor& b) {
  return at::where(b > 0, a / b, at::zeros_like(b));
}

// A plan near `plan` [batch, rows, columns] whose marginals are the weights: what is too much is
// scaled down, what is missing spread out. Altschuler et al., "Near-linear time approximation
// algorithms for optimal transport via Sinkhorn iteration" (2017), algorithm 2.
at::Tensor rounded_to_marginals(const at::Tensor& plan, const at::Tensor& rows,
                                const at::Tensor& columns) {
  const auto too_many_rows = share(rows, plan.sum(2)).clamp_max(1.0);
  auto rounded = plan * too_many_rows.unsqueeze(2);
  const auto too_many_columns = share(columns, rounded.sum(1)).clamp_max(1.0);
  rounded = rounded * too_many_columns.unsqueeze(1);
  const auto missing_rows = (rows - rounded.sum(2)).clamp_min(0);
  const auto missing_columns = (columns - rounded.sum(1)).clamp_min(0);
  const auto missing = missing_rows.sum(1, /*keepdim=*/true);
  return rounded +
         at::matmul(missing_rows.unsqueeze(2),
                    share(missing_columns, missing.expand_as(missing_columns)).unsqueeze(1));
}

class SinkhornCost : public torch::autograd::Function<SinkhornCost> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context,
                            const at::Tensor& row_weights, const at::Tensor& column_weights,
                            const at::Tensor& cost) {
    const TimedPart timed(StepPart::kTransport);
    const auto rows = row_weights.to(at::kFloat);
    const auto columns = column_weights.to(at::kFloat);
    const auto costs = cost.to(at::kFloat);
    // A weight of 0 has the logarithm -inf, which the sums of exponentials take.
    const auto log_rows = rows.log().unsqueeze(2);        // [batch, rows, 1]
    const auto log_columns = columns.log().unsqueeze(1);  // [batch, 1, columns]
    const auto mean = costs.mean({1, 2}, /*keepdim=*/true).clamp_min(1e-12);

    auto row_potentials = at::zeros_like(log_rows);
    auto column_potentials = at::zeros_like(log_columns);
    at::Tensor entropy_weight;
    auto terms = at::empty_like(costs);
    for (int step = 0; step < kFallingSteps + kFinalSteps; ++step) {
      const double fallen = std::min(1.0, static_cast<double>(step) / kFallingSteps);
      entropy_weight = mean * std::pow(kFinalEntropyWeight, fallen);
      row_potentials =
          soft_minimum(terms, log_columns, column_potentials, costs, entropy_weight, 2);
      column_potentials = soft_minimum(terms, log_rows, row_potentials, costs, entropy_weight, 1);
    }
    const auto plan = rounded_to_marginals(
        (log_rows + log_columns + (row_potentials + column_potentials - costs) / entropy_weight)
            .exp(),
        rows, columns);
    const auto less_their_mean = [](const at::Tensor& potentials, const at::Tensor& weights) {
      const auto flat = potentials.reshape_as(weights);
      return (flat - flat.mean(1, /*keepdim=*/true)).to(weights.options());
    };
    context->save_for_backward({less_their_mean(row_potentials, row_weights),
                                less_their_mean(column_potentials, column_weights),
                                plan.to(cost.options())});
    return (plan * costs).sum({1, 2}).to(cost.options());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return transport_gradients(context, gradients[0]);
  }
};

}  // namespace

at::Tensor sinkhorn_cost(const at::Tensor& row_weights, const at::Tensor& column_weights,
                         const at::Tensor& cost) {
  check_transport_shapes("sinkhorn_cost", row_weights, column_weights, cost);
  return SinkhornCost::apply(row_weights, column_weights, cost);
}

}  // namespace dali
