#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace dali {

// Figures of one step or one validation, by name ("loss", "entropy", "accuracy" ...).
using Metrics = std::map<std::string, double>;

// How Adam moves one group of parameters.
struct AdamConfig {
  double learning_rate = 1e-4;  // times the loop's schedule
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;  // coupled: added to the gradient
  bool follows_schedule = true;
};

struct ParameterGroup {
  std::string name;
  std::vector<at::Tensor> parameters;  // shared with the model; all require gradients
  AdamConfig adam;
};

// One stage of the training: a loss over a batch and the list of what it trains. The loop does the
// rest. Used from the loop's thread only.
class Stage {
 public:
  virtual ~Stage() = default;

  // What is trained; asked for once, before the first step.
  virtual std::vector<ParameterGroup> parameter_groups() = 0;

  // Examples an epoch; their indices are 0 .. example_count() - 1.
  virtual std::int64_t example_count() const = 0;

  // Epochs count from 1.
  virtual void begin_epoch(int /*epoch*/) {}

  // Adds the gradients of the examples' mean loss to the parameters and returns its figures, the
  // mean loss as "loss" among them.
  virtual Metrics accumulate_gradients(std::span<const std::int64_t> examples) = 0;

  // Figures on data that is not trained on, at the end of an epoch; none by default.
  virtual Metrics validate() { return {}; }
};

}  // namespace dali
