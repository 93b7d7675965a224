// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/training_loop.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <fmt/format.h>
#include <signal.h>
#include <string.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "command/narration.h"
#include "command/stop_signal.h"
#include "model/base/file_replacement.h"
#include "training/loop/adam.h"
#include "training/loop/best_weights.h"
#include "training/loop/checkpoint.h"
#include "training/loop/curves.h"
#include "training/loop/example_order.h"
#include "training/loop/memory_use.h"
#include "training/loop/progress_log.h"
#include "training/loop/training_plan.h"
#include "training/timing/step_clock.h"

namespace dali {
namespace {

constexpr const char* kGenerator = "torch_generator";

// One call of train(): the plan of its steps, the optimisers, and how far it has come.
class TrainingRun {
 public:
  TrainingRun(Stage& stage, const LoopConfig& config, const std::filesystem::path& out,
              const ProcessGroup& processes);

  void run();

  // Takes the first step and says what all of them will need.
  void rehearse();

 private:
  using Clock = std::chrono::steady_clock;

  bool is_first_process() const { return processes_.rank() == 0; }

  // Takes up the newest checkpoint, if there is one.
  void resume();
  struct Step {
    Metrics metrics;
    StepTimes times;
  };
  // One step, from the batch to the moved parameters.
  Step take_step();
  // The same, timed by whoever calls it.
  Metrics step_under_way();
  // Lets the stage read what this step and the next one need.
  void announce_examples();
  // The part of a batch that is this process's.
  std::span<const std::int64_t> share_of(std::span<const std::int64_t> batch) const;
  // Leaves the gradients of the whole batch's mean loss in the optimisers; returns its figures.
  Metrics compute_gradients(std::span<const std::int64_t> batch);
  // Adds up weight, loss, gradients and wishes to stop over all processes.
  void add_up_processes(double& weight, Metrics& sums);
  void move_parameters(Metrics& metrics);
  [[noreturn]] void stop_at_infinity() const;
  void validate(ProgressLog* log);
  void save();
  [[noreturn]] void save_and_stop();

  Stage& stage_;
  const LoopConfig& config_;
  const std::filesystem::path& out_;
  const ProcessGroup& processes_;

  ExampleOrder order_;
  const std::int64_t total_steps_;
  const std::int64_t validation_interval_;
  std::vector<Adam> optimisers_;
  CheckpointFolder checkpoints_;
  std::optional<BestWeights> best_;  // of the first process, where the best are kept
  StopSignal stop_signal_;

  std::int64_t step_ = 0;                // steps done
  int epoch_ = 0;                        // the one that has begun; 0: none yet
  std::span<const std::int64_t> batch_;  // of the step under way, over all processes
  StepTimes all_times_;                  // of the steps that this call has taken
  std::int64_t timed_steps_ = 0;
  int signal_ = 0;  // the one to stop for, here or in another process
  Clock::time_point last_saved_ = Clock::now();
};

TrainingRun::TrainingRun(Stage& stage, const LoopConfig& config, const std::filesystem::path& out,
                         const ProcessGroup& processes)
    : stage_(stage),
      config_(config),
      out_(out),
      processes_(processes),
      order_(stage.example_count(), config.batch_size, config.seed, stage.length_groups()),
      total_steps_(planned_steps(config, order_)),
      validation_interval_(config.validate_every > 0 ? config.validate_every
                                                     : order_.steps_per_epoch()),
      checkpoints_(checkpoint_folder(out), config.keep_checkpoints) {
  if (order_.batch_size() % processes.count() != 0) {
    throw std::invalid_argument(fmt::format("{} processes cannot share a batch of {} examples",
                                            processes.count(), order_.batch_size()));
  }
  for (ParameterGroup& group : stage.parameter_groups()) {
    if (!group.parameters.empty()) optimisers_.emplace_back(std::move(group));
  }
  stage.set_precision({.dtype = config.precision == "bfloat16" ? at::kBFloat16 : at::kFloat,
                       .recomputes_activations = config.recomputes_activations});
  stage.join(processes);
  if (config.keep == "best" && is_first_process()) best_.emplace(out, stage.kept_by());
}

void TrainingRun::run() {
  resume();
  if (best_) best_->resume(step_, /*was_validated=*/step_ >= validation_interval_);
  narrate("{} examples, {} steps of {}; checkpoints in {}", order_.examples(), total_steps_,
          order_.batch_size(), checkpoint_folder(out_).string());
  for (const Adam& optimiser : optimisers_) {
    narrate("trains {}: {} parameters", optimiser.name(), optimiser.parameter_count());
  }
  std::optional<ProgressLog> log;
  if (is_first_process()) {
    log.emplace(out_, StepCount{.done = step_, .total = total_steps_}, config_.log_interval_s);
  }
  while (step_ < total_steps_) {
    const Step step = take_step();
    if (log) log->step(step_, epoch_, step.metrics, step.times);
    all_times_ += step.times;
    ++timed_steps_;

    const bool is_last = step_ == total_steps_;
    if (step_ % validation_interval_ == 0 || is_last) validate(log ? &*log : nullptr);
    if (signal_ != 0 && !is_last) save_and_stop();
    const std::chrono::duration<double> unsaved = Clock::now() - last_saved_;
    if (unsaved.count() >= config_.checkpoint_interval_s || is_last) save();
  }
  if (timed_steps_ > 0) {
    narrate("a step took {:.4g} s: {}",
            all_times_.seconds_in_all() / static_cast<double>(timed_steps_), all_times_.shares());
  }
  if (is_first_process()) draw_curves(out_ / "metrics.jsonl", out_ / "curves.svg");
  if (best_) best_->restore(optimisers_);
  for (Adam& optimiser : optimisers_) optimiser.release_weights();
  stage_.release_weights();
}

void TrainingRun::rehearse() {
  const auto [metrics, times] = take_step();
  const double took_s = times.seconds_in_all();
  std::int64_t trained = 0;
  for (const Adam& optimiser : optimisers_) trained += optimiser.parameter_count();
  const auto on_device = peak_device_memory_gib(processes_.device());
  fmt::print(
      stderr,
      "dry run: {} examples, {} steps of {}, {} trained parameters, first loss {:.4g}\n"
      "dry run: a step takes {:.2f} s, all of them {:.1f} h; {:.2f} GiB of memory at most{}\n"
      "dry run: of the step, {}\n",
      order_.examples(), total_steps_, order_.batch_size(), trained, metrics.at("loss"), took_s,
      took_s * static_cast<double>(total_steps_) / 3600.0, peak_host_memory_gib(),
      on_device ? fmt::format(", {:.2f} GiB of the GPU's", *on_device) : "", times.shares());
}

void TrainingRun::resume() {
  const auto checkpoint = checkpoints_.newest();
  if (!checkpoint) return;
  const std::string source = checkpoints_.path_of(checkpoint->step).string();
  const auto fact = checkpoint->facts.find("examples");
  const std::string examples = fact != checkpoint->facts.end() ? fact->second : "unknown";
  if (examples != std::to_string(order_.examples())) {
    throw std::runtime_error(fmt::format("{}: was made with {} examples, now there are {}", source,
                                         examples, order_.examples()));
  }
  for (Adam& optimiser : optimisers_) {
    optimiser.load(checkpoint->weights, checkpoint->state, source);
  }
  at::Generator generator = at::detail::getDefaultCPUGenerator();  // shares its state
  generator.set_state(checkpoint->state.at(kGenerator).clone());
  step_ = checkpoint->step;
  if (is_first_process()) {
    fmt::print(stderr, "goes on after step {} of {}: {}\n", step_, total_steps_, source);
  }
}

TrainingRun::Step TrainingRun::take_step() {
  StepClock clock;
  Metrics metrics = step_under_way();
  return {.metrics = std::move(metrics), .times = clock.stop()};
}

Metrics TrainingRun::step_under_way() {
  // The same batch is also the same draw of its frames, scenes and augmentations.
  const std::int64_t shown = config_.overfits_one_batch ? 0 : step_;
  if (const int epoch = order_.epoch_of(step_); epoch != epoch_) {
    epoch_ = epoch;
    stage_.begin_epoch(order_.epoch_of(shown));
  }
  stage_.begin_step(shown);
  batch_ = order_.batch(shown);
  announce_examples();
  Metrics metrics = compute_gradients(batch_);
  if (!std::isfinite(metrics["loss"])) stop_at_infinity();
  move_parameters(metrics);
  ++step_;
  return metrics;
}

void TrainingRun::announce_examples() {
  stage_.announce(share_of(batch_));
  // In another epoch a stage may draw another frame of a clip; asking for its order would also end
  // this one's.
  const auto next = step_ + 1;
  const bool goes_on = next < total_steps_ && order_.epoch_of(next) == epoch_;
  if (goes_on && !config_.overfits_one_batch) stage_.announce(share_of(order_.batch(next)));
}

std::span<const std::int64_t> TrainingRun::share_of(std::span<const std::int64_t> batch) const {
  const auto size = batch.size() / static_cast<std::size_t>(processes_.count());
  return batch.subspan(static_cast<std::size_t>(processes_.rank()) * size, size);
}

Metrics TrainingRun::compute_gradients(std::span<const std::int64_t> batch) {
  const auto share = share_of(batch);
  const auto part_size = config_.micro_batch_size > 0
                             ? static_cast<std::size_t>(config_.micro_batch_size)
                             : share.size();
  double weight = 0.0;
  Metrics sums;
  for (std::size_t begin = 0; begin < share.size(); begin += part_size) {
    const auto part = share.subspan(begin, std::min(part_size, share.size() - begin));
    const BatchFigures figures = stage_.accumulate_gradients(part);
    {
      const TimedPart timed(StepPart::kUpdate);
      for (Adam& optimiser : optimisers_) optimiser.take_gradients();
    }
    weight += figures.weight;
    for (const auto& [name, mean] : figures.means) sums[name] += mean * figures.weight;
  }
  signal_ = stop_signal_.received();
  Metrics means = sums;
  for (auto& [name, figure] : means) figure /= weight;
  if (processes_.count() > 1) add_up_processes(weight, sums);
  if (!(weight > 0.0)) {
    throw std::runtime_error(
        fmt::format("step {}: none of the examples can be read or has a target", step_ + 1));
  }
  means["loss"] = sums["loss"] / weight;
  for (Adam& optimiser : optimisers_) optimiser.scale_gradients(1.0 / weight);
  return means;
}

void TrainingRun::add_up_processes(double& weight, Metrics& sums) {
  const TimedPart timed(StepPart::kExchange);
  // Which gradients another process has: they must be here too, if only as zeros.
  std::vector<double> figures = {weight, sums["loss"], signal_ != 0 ? 1.0 : 0.0};
  for (Adam& optimiser : optimisers_) {
    for (const auto& gradient : optimiser.gradients()) figures.push_back(gradient.defined());
  }
  std::vector<at::Tensor> totals = {at::tensor(figures, at::kDouble)};
  processes_.add_up(totals);
  const auto* total = totals.front().data_ptr<double>();
  weight = total[0];
  sums["loss"] = total[1];
  if (total[2] > 0.0 && signal_ == 0) signal_ = SIGTERM;

  const double* has_gradient = total + 3;
  std::vector<at::Tensor> gradients;
  for (Adam& optimiser : optimisers_) {
    optimiser.define_gradients([&] { return *has_gradient++ > 0.0; });
    for (const auto& gradient : optimiser.gradients()) {
      if (gradient.defined()) gradients.push_back(gradient);
    }
  }
  processes_.add_up(gradients);
}

void TrainingRun::move_parameters(Metrics& metrics) {
  const TimedPart timed(StepPart::kUpdate);
  for (Adam& optimiser : optimisers_) {
    const double norm = optimiser.gradient_norm();
    if (!std::isfinite(norm)) stop_at_infinity();
    metrics["gradient norm of " + optimiser.name()] = norm;
    const double scale = config_.clip_norm / (norm + 1e-6);
    if (config_.clip_norm > 0.0 && scale < 1.0) optimiser.scale_gradients(scale);
  }
  const double factor = schedule_factor(config_, step_, total_steps_, epoch_);
  metrics["rate"] = factor;
  for (Adam& optimiser : optimisers_) optimiser.step(factor);
}

void TrainingRun::stop_at_infinity() const {
  std::vector<std::string> names;
  for (const auto example : batch_) names.push_back(stage_.example_name(example));
  const auto file = out_ / "not_finite.json";
  if (is_first_process()) {
    replace_file(file, nlohmann::json{{"step", step_ + 1}, {"examples", names}}.dump() + "\n");
  }
  throw std::runtime_error(
      fmt::format("step {}: the loss or its gradient is not finite; {} lists the examples",
                  step_ + 1, file.string()));
}

void TrainingRun::validate(ProgressLog* log) {
  const Metrics figures = stage_.validate();
  if (log != nullptr && !figures.empty()) log->validation(step_, epoch_, figures);
  if (best_) best_->offer(step_, epoch_, figures, optimisers_);
}

void TrainingRun::save() {
  last_saved_ = Clock::now();
  if (!is_first_process()) return;
  Checkpoint checkpoint{.step = step_, .weights = {}, .state = {}, .facts = {}};
  for (const Adam& optimiser : optimisers_) optimiser.save(checkpoint.weights, checkpoint.state);
  checkpoint.state[kGenerator] = at::detail::getDefaultCPUGenerator().get_state();
  checkpoint.facts["examples"] = std::to_string(order_.examples());
  checkpoint.facts["epoch"] = std::to_string(epoch_);
  checkpoints_.write(checkpoint);
}

void TrainingRun::save_and_stop() {
  save();
  throw std::runtime_error(fmt::format(
      "stopped by SIG{} after step {} of {}, which is saved; the same command goes on from there",
      ::sigabbrev_np(signal_), step_, total_steps_));
}

}  // namespace

bool train(Stage& stage, const LoopConfig& config, const std::filesystem::path& out,
           const ProcessGroup& processes) {
  check_plan(config, stage);
  TrainingRun run(stage, config, out, processes);
  if (config.dry_run) {
    run.rehearse();
    return false;
  }
  run.run();
  return processes.rank() == 0;
}

}  // namespace dali
