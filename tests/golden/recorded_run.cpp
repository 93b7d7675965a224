// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/golden/recorded_run.h"

#include <ATen/Functions.h>

#include <cmath>
#include <utility>

#include "tests/support/temporary_directory.h"

namespace dali::golden {
namespace {

struct EnoughSteps {};

class RecordedStage : public Stage {
 public:
  RecordedStage(RunRequest request, int steps) : request_(std::move(request)), steps_(steps) {}

  std::vector<ParameterGroup> parameter_groups() override { return request_.groups; }
  std::int64_t example_count() const override { return request_.examples; }

  // All examples are one batch, whose mean is the sum of one.
  BatchFigures accumulate_gradients(std::span<const std::int64_t> /*examples*/) override {
    const int step = static_cast<int>(run.metrics.size());
    TensorMap weights;
    for (const auto& [name, parameter] : request_.parameters) {
      weights.emplace(name, parameter.detach().clone());
    }
    run.weights.push_back(std::move(weights));
    if (step == steps_) throw EnoughSteps{};

    run.metrics.push_back(request_.accumulate_gradients(step));
    double squares = 0.0;
    for (const auto& [name, parameter] : request_.parameters) {
      if (!parameter.grad().defined()) continue;
      squares += parameter.grad().to(at::kDouble).square().sum().item<double>();
      if (step == 0) run.first_gradients.emplace(name, parameter.grad().clone());
    }
    run.gradient_norms.push_back(std::sqrt(squares));
    return {.weight = 1.0, .means = run.metrics.back()};
  }

  RecordedRun run;

 private:
  RunRequest request_;
  int steps_;
};

}  // namespace

RecordedRun record_run(RunRequest request, const LoopConfig& config, int steps) {
  const TemporaryDirectory directory;
  RecordedStage stage(std::move(request), steps);
  try {
    train(stage, config, directory.path());
  } catch (const EnoughSteps&) {
  }
  return std::move(stage.run);
}

}  // namespace dali::golden
