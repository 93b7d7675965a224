// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/unbalanced_transport.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

#include "training/losses/soft_minimum.h"
#include "training/timing/step_clock.h"

namespace dali {
namespace {

constexpr int kFallingSteps = 20;

// One batch of problems of equal weights and the potentials found so far.
class UnbalancedSolver {
 public:
  UnbalancedSolver(const at::Tensor& cost, const UnbalancedOptions& options)
      : cost_(cost),
        options_(options),
        rows_(at::zeros({cost.size(0), cost.size(1), 1}, cost.options())),
        columns_(at::zeros({cost.size(0), 1, cost.size(2)}, cost.options())),
        log_row_weights_(at::full_like(rows_, -std::log(static_cast<double>(cost.size(1))))),
        log_column_weights_(at::full_like(columns_, -std::log(static_cast<double>(cost.size(2))))),
        terms_(at::empty_like(cost)) {}

  void anneal() {
    for (int step = 0; step < kFallingSteps; ++step) {
      const double fallen = static_cast<double>(step) / kFallingSteps;
      iterate(options_.first_epsilon * std::pow(options_.epsilon / options_.first_epsilon, fallen));
    }
  }

  void converge(UnbalancedReport& report) {
    auto moves = at::ones({cost_.size(0), 1, 1}, cost_.options().dtype(at::kBool));
    // What a potential moves by, of epsilon, is what the logarithm of the plan does. By itself it
    // would say little: the smaller epsilon, the shorter are the steps, however long the way.
    const double least = options_.tolerance * options_.epsilon;
    while (report.iterations < options_.iterations) {
      const auto rows = rows_;
      const auto columns = columns_;
      iterate(options_.epsilon);
      ++report.iterations;
      rows_ = at::where(moves, rows_, rows);
      columns_ = at::where(moves, columns_, columns);
      const auto moved = at::maximum((rows_ - rows).abs().amax({1}, /*keepdim=*/true),
                                     (columns_ - columns).abs().amax({2}, /*keepdim=*/true));
      moves = moved > least;
      if (!moves.any().item<bool>()) break;
    }
    report.unfinished = moves.to(at::kDouble).mean().item<double>();
  }

  at::Tensor plan() const {
    return ((rows_ + columns_ - cost_) / options_.epsilon + log_row_weights_ + log_column_weights_)
        .exp();
  }

  // The dual objective, [batch]. `mass` [batch]: of the plan.
  at::Tensor value(const at::Tensor& mass) const {
    return -options_.rho_audio * excess(rows_, options_.rho_audio) -
           options_.rho_image * excess(columns_, options_.rho_image) +
           options_.epsilon * (1 - mass);
  }

 private:
  // Mean of e^(-potential / rho) - 1, [batch]: how much more of its side than its weight the plan
  // would use.
  static at::Tensor excess(const at::Tensor& potentials, double rho) {
    return (-potentials / rho).expm1().mean({1, 2});
  }

  void iterate(double epsilon) {
    const auto weight = at::full({}, epsilon, cost_.options());
    const double rows_kept = options_.rho_audio / (options_.rho_audio + epsilon);
    const double columns_kept = options_.rho_image / (options_.rho_image + epsilon);
    rows_ = rows_kept * soft_minimum(terms_, log_column_weights_, columns_, cost_, weight, 2);
    columns_ = columns_kept * soft_minimum(terms_, log_row_weights_, rows_, cost_, weight, 1);
    // The best of all shifts that leave the plan as it is: both sides then use the same mass.
    const auto log_mass = [](const at::Tensor& potentials, double rho) {
      return excess(potentials, rho).log1p().view({-1, 1, 1});
    };
    const double stiffness =
        options_.rho_audio * options_.rho_image / (options_.rho_audio + options_.rho_image);
    const auto shift =
        stiffness * (log_mass(rows_, options_.rho_audio) - log_mass(columns_, options_.rho_image));
    rows_ = rows_ + shift;
    columns_ = columns_ - shift;
  }

  const at::Tensor& cost_;  // [batch, rows, columns]
  const UnbalancedOptions& options_;
  at::Tensor rows_;     // [batch, rows, 1], potentials
  at::Tensor columns_;  // [batch, 1, columns], potentials
  at::Tensor log_row_weights_;
  at::Tensor log_column_weights_;
  at::Tensor terms_;  // memory of soft_minimum()
};

class UnbalancedCost : public torch::autograd::Function<UnbalancedCost> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& cost,
                            const UnbalancedOptions& options, bool is_annealed,
                            UnbalancedReport* report) {
    const TimedPart timed(StepPart::kTransport);
    const auto costs = cost.scalar_type() == at::kDouble ? cost : cost.to(at::kFloat);
    UnbalancedSolver solver(costs, options);
    if (is_annealed) solver.anneal();
    *report = {};
    solver.converge(*report);
    const auto plan = solver.plan();
    report->mass = plan.sum({1, 2});
    context->save_for_backward({plan.to(cost.options())});
    return solver.value(report->mass).to(cost.options());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto plan = context->get_saved_variables().front();
    return {gradients[0].view({-1, 1, 1}) * plan, {}, {}, {}};
  }
};

}  // namespace

at::Tensor unbalanced_cost(const at::Tensor& cost, const UnbalancedOptions& options,
                           bool is_annealed, UnbalancedReport* report) {
  TORCH_CHECK(cost.dim() == 3, "unbalanced_cost wants [batch, rows, columns], got ", cost.sizes());
  UnbalancedReport own;
  return UnbalancedCost::apply(cost, options, is_annealed, report != nullptr ? report : &own);
}

}  // namespace dali
