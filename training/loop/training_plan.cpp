// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/training_plan.h"

#include <algorithm>
#include <stdexcept>

#include "training/loop/schedule.h"

namespace dali {

std::int64_t planned_steps(const LoopConfig& config, const ExampleOrder& order) {
  const auto all = order.steps_per_epoch() * config.epochs;
  return config.max_steps > 0 ? std::min<std::int64_t>(all, config.max_steps) : all;
}

double schedule_factor(const LoopConfig& config, std::int64_t step, std::int64_t total_steps,
                       int epoch) {
  const auto warmup = warmup_steps(config.warmup_ratio, total_steps);
  if (config.schedule == "cosine") return cosine_factor(step, warmup, total_steps);
  if (config.schedule == "halving") return warmup_factor(step, warmup) * halving_factor(epoch);
  return 1.0;
}

void check_plan(const LoopConfig& config, const Stage& stage) {
  validate(config);
  if (stage.example_count() < 1) throw std::invalid_argument("there are no examples to train on");
  if (config.keep == "best" && stage.kept_by().empty()) {
    throw std::invalid_argument(
        "keep=best chooses by what is held out, and nothing is: --help says what the keys "
        "validation_... take");
  }
  if (!stage.adds_up() && config.micro_batch_size > 0) {
    throw std::invalid_argument(
        "this loss compares the examples of a batch with one another, so they cannot come one part "
        "after the other: micro_batch_size must be 0");
  }
}

}  // namespace dali
