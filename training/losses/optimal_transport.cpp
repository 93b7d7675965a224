// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/optimal_transport.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "command/in_parallel.h"
#include "training/losses/network_simplex.h"
#include "training/losses/squared_distance.h"
#include "training/losses/transport_function.h"
#include "training/timing/step_clock.h"

namespace dali {
namespace {

template <class Number>
std::span<const Number> values(const torch::Tensor& tensor) {
  return {tensor.data_ptr<Number>(), static_cast<std::size_t>(tensor.numel())};
}

template <class Number>
bool is_finite(const torch::Tensor& tensor) {
  return std::ranges::all_of(values<Number>(tensor), [](Number one) { return std::isfinite(one); });
}

torch::Tensor to_contiguous_double(const torch::Tensor& tensor) {
  return tensor.detach().to(at::kCPU, at::kDouble).contiguous();
}

// The problems of a batch and what was found out of them, all contiguous on the CPU.
struct TransportBatch {
  torch::Tensor row_weights;     // [batch, rows], double
  torch::Tensor column_weights;  // [batch, columns], double
  torch::Tensor cost;            // [batch, rows, columns], float or double

  torch::Tensor value = {};              // [batch], double
  torch::Tensor row_potentials = {};     // [batch, rows], double
  torch::Tensor column_potentials = {};  // [batch, columns], double
  torch::Tensor plan = {};               // [batch, rows, columns], of cost's dtype
};

// Also fills what is its own of the plans, so that no thread waits for another's memory.
template <class Number>
void solve_sample(const TransportBatch& batch, std::int64_t sample) {
  const auto rows = batch.row_weights[sample];
  const auto columns = batch.column_weights[sample];
  const auto cost = batch.cost[sample];
  const auto row_potentials = batch.row_potentials[sample];
  const auto column_potentials = batch.column_potentials[sample];
  double& value = batch.value.data_ptr<double>()[sample];
  auto* plan = batch.plan[sample].data_ptr<Number>();
  std::fill_n(plan, cost.numel(), Number{0});
  // A sample that is not finite makes the loss so, and the loop then names the examples.
  if (!(is_finite<Number>(cost) && is_finite<double>(rows) && is_finite<double>(columns))) {
    value = std::numeric_limits<double>::quiet_NaN();
    row_potentials.zero_();
    column_potentials.zero_();
    return;
  }
  const TransportSolution solution = solve_transport(TransportProblem<Number>{
      values<double>(rows), values<double>(columns), values<Number>(cost)});
  value = solution.cost;
  for (const auto& move : solution.moves) {
    plan[move.row * columns.numel() + move.column] = static_cast<Number>(move.amount);
  }
  std::ranges::copy(solution.row_potentials, row_potentials.data_ptr<double>());
  std::ranges::copy(solution.column_potentials, column_potentials.data_ptr<double>());
}

class TransportCost : public torch::autograd::Function<TransportCost> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               const torch::Tensor& row_weights,
                               const torch::Tensor& column_weights, const torch::Tensor& cost) {
    const TimedPart timed(StepPart::kTransport);
    TransportBatch batch{.row_weights = to_contiguous_double(row_weights),
                         .column_weights = to_contiguous_double(column_weights),
                         .cost = cost.detach().to(at::kCPU).contiguous()};
    if (batch.cost.scalar_type() != at::kDouble) batch.cost = batch.cost.to(at::kFloat);
    batch.value = at::empty({cost.size(0)}, at::kDouble);
    batch.row_potentials = at::empty_like(batch.row_weights);
    batch.column_potentials = at::empty_like(batch.column_weights);
    batch.plan = at::empty_like(batch.cost);
    in_parallel(static_cast<int>(cost.size(0)), at::get_num_threads(), [&](int sample) {
      if (batch.cost.scalar_type() == at::kDouble) {
        solve_sample<double>(batch, sample);
      } else {
        solve_sample<float>(batch, sample);
      }
    });

    const auto without_mean = [](const torch::Tensor& potentials) {
      return potentials - potentials.mean(1, /*keepdim=*/true);
    };
    context->save_for_backward({
        without_mean(batch.row_potentials).to(row_weights.options()),
        without_mean(batch.column_potentials).to(column_weights.options()),
        batch.plan.to(cost.options()),
    });
    return batch.value.to(cost.options());
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

ClipTerms UniformTransport::clip_terms(const torch::Tensor& audio, const torch::Tensor& image) {
  const auto [sound, picture] = placed(audio, image);
  return {.distances = uniform_transport(solver_, sound, picture)};
}

torch::Tensor uniform_transport(TransportSolver solver, const torch::Tensor& audio,
                                const torch::Tensor& image) {
  const auto uniform = [](const torch::Tensor& tokens) {
    return at::full({tokens.size(0), tokens.size(1)}, 1.0 / static_cast<double>(tokens.size(1)),
                    tokens.options().requires_grad(false));
  };
  return solver(uniform(audio), uniform(image), squared_distance(audio, image));
}

}  // namespace dali
