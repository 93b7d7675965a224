#include "training/loop/training_loop.h"

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/types.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adam.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <stdexcept>

#include "training/loop/progress_log.h"
#include "training/loop/schedule.h"

namespace dali {
namespace {

// One optimiser a group, since groups differ in everything Adam can be told.
struct GroupOptimiser {
  ParameterGroup group;
  torch::optim::Adam adam;

  explicit GroupOptimiser(ParameterGroup trained)
      : group(std::move(trained)),
        adam(group.parameters, torch::optim::AdamOptions(group.adam.learning_rate)
                                   .betas({group.adam.beta1, group.adam.beta2})
                                   .eps(group.adam.epsilon)
                                   .weight_decay(group.adam.weight_decay)) {}

  void set_factor(double factor) {
    const double rate = group.adam.learning_rate * (group.adam.follows_schedule ? factor : 1.0);
    for (auto& options : adam.param_groups()) {
      static_cast<torch::optim::AdamOptions&>(options.options()).lr(rate);
    }
  }
};

double schedule_factor(const LoopConfig& config, std::int64_t step, std::int64_t total_steps,
                       int epoch) {
  if (config.schedule == "cosine") {
    return cosine_factor(step, warmup_steps(config.warmup_ratio, total_steps), total_steps);
  }
  if (config.schedule == "halving") return halving_factor(epoch);
  return 1.0;
}

std::vector<std::int64_t> shuffled_indices(std::int64_t count, std::uint64_t seed, int epoch) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  std::seed_seq sequence{seed, static_cast<std::uint64_t>(epoch)};
  std::mt19937_64 generator(sequence);
  std::ranges::shuffle(indices, generator);
  return indices;
}

}  // namespace

void LoopConfig::declare(ConfigFields& fields) {
  fields.add("epochs", &epochs, "passes over the examples, at least 1");
  fields.add("batch_size", &batch_size, "examples an optimiser step, at least 1");
  fields.add("schedule", &schedule, "of the learning rate: cosine, halving or constant");
  fields.add("warmup_ratio", &warmup_ratio, "share of all steps with a rising rate; cosine only");
  fields.add("clip_norm", &clip_norm, "largest norm of a group's gradient; 0: not clipped");
  fields.add("max_steps", &max_steps, "stop after so many optimiser steps; 0: never");
  fields.add("seed", &seed, "of shuffling, initial weights and augmentation");
  fields.add("threads", &threads, "threads of LibTorch, at least 1");
  fields.add("log_interval_s", &log_interval_s, "seconds between lines when not on a terminal");
}

void prepare_torch(const LoopConfig& config) {
  at::set_num_threads(std::max(config.threads, 1));
  at::manual_seed(config.seed);
}

void train(Stage& stage, const LoopConfig& config, const std::filesystem::path& out) {
  const bool is_known_schedule = config.schedule == "cosine" || config.schedule == "halving" ||
                                 config.schedule == "constant";
  if (!is_known_schedule) {
    throw std::invalid_argument("schedule '" + config.schedule +
                                "' is none of cosine, halving, constant");
  }
  const auto examples = stage.example_count();
  const auto batch_size = std::min<std::int64_t>(config.batch_size, examples);
  if (config.epochs < 1 || batch_size < 1) {
    throw std::invalid_argument(fmt::format(
        "training wants at least one epoch, batch and example, got {} epochs, batches of {}, {} "
        "examples", config.epochs, config.batch_size, examples));
  }
  const auto steps_per_epoch = examples / batch_size;
  auto total_steps = steps_per_epoch * config.epochs;
  if (config.max_steps > 0) total_steps = std::min<std::int64_t>(total_steps, config.max_steps);

  std::vector<GroupOptimiser> optimisers;
  for (ParameterGroup& group : stage.parameter_groups()) {
    if (!group.parameters.empty()) optimisers.emplace_back(std::move(group));
  }
  ProgressLog log(out, total_steps, config.log_interval_s);

  std::int64_t step = 0;
  for (int epoch = 1; epoch <= config.epochs && step < total_steps; ++epoch) {
    stage.begin_epoch(epoch);
    const auto order = shuffled_indices(examples, config.seed, epoch);
    for (std::int64_t batch = 0; batch < steps_per_epoch && step < total_steps; ++batch) {
      const std::span<const std::int64_t> indices(order.data() + batch * batch_size,
                                                  static_cast<std::size_t>(batch_size));
      for (GroupOptimiser& optimiser : optimisers) optimiser.adam.zero_grad();
      Metrics metrics = stage.accumulate_gradients(indices);
      if (!std::isfinite(metrics["loss"])) {
        throw std::runtime_error(fmt::format("step {}: the loss is not finite; examples {}",
                                             step + 1, fmt::join(indices, ", ")));
      }
      const double factor = schedule_factor(config, step, total_steps, epoch);
      metrics["rate"] = factor;
      for (GroupOptimiser& optimiser : optimisers) {
        if (config.clip_norm > 0.0) {
          torch::nn::utils::clip_grad_norm_(optimiser.group.parameters, config.clip_norm);
        }
        optimiser.set_factor(factor);
        optimiser.adam.step();
      }
      log.step(++step, epoch, metrics);
    }
    if (const Metrics metrics = stage.validate(); !metrics.empty()) {
      log.validation(step, epoch, metrics);
    }
  }
}

}  // namespace dali
