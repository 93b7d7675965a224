// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "model/weights/safetensors.h"
#include "training/loop/example_order.h"

namespace dali {

class ProcessGroup;

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
  TensorMap parameters;  // by their names in the model, which differ between groups; shared with it
  AdamConfig adam;
};

// Lets gradients reach the parameters of `module` and returns them, named `prefix` + path.
TensorMap trainable_parameters(const torch::nn::Module& module, const std::string& prefix);

// What a stage found in the examples that it was given.
struct BatchFigures {
  double weight = 0.0;  // how many things the loss is a mean over: examples, or words of captions
  Metrics means;        // over them; the mean loss as "loss"
};

// What a stage computes in, for its frozen weights and its trained ones alike.
struct StagePrecision {
  at::ScalarType dtype = at::kFloat;
  bool recomputes_activations = false;  // of the decoder, in backward(), to save memory
};

// One stage of the training: a loss over a batch and the list of what it trains. The loop does the
// rest. Used from the loop's thread only.
//
// A batch may come in parts, one after the other or in several processes, and a run may be killed
// and go on later; neither changes the result. So whatever a stage draws at random is a function of
// its seed, the epoch and the example, or of the step, never of what was drawn before.
class Stage {
 public:
  virtual ~Stage() = default;

  // What is trained, in float32; asked for once, before the first step.
  virtual std::vector<ParameterGroup> parameter_groups() = 0;

  // Examples an epoch; their indices are 0 .. example_count() - 1.
  virtual std::int64_t example_count() const = 0;

  // Where examples of alike lengths shall come together.
  virtual LengthGroups length_groups() const { return {}; }

  // How people know the example: the clip's id.
  virtual std::string example_name(std::int64_t example) const { return std::to_string(example); }

  // Changes what the stage computes in; called once, after parameter_groups(). Gradients stay those
  // of the parameters that were given there. The default knows float32 alone, and throws.
  virtual void set_precision(const StagePrecision& precision);

  // After the last step: gives what is not trained, but written with what is, the float32 weights
  // that set_precision() found. The trained parameters have theirs by then.
  virtual void release_weights() {}

  // The processes that share every batch, of which this is one; called once, before the first step.
  // They outlive the steps. Only a stage that compares examples with those of the others asks them.
  virtual void join(const ProcessGroup& /*processes*/) {}

  // These examples come soon: a stage that reads them from the disk may begin to.
  virtual void announce(std::span<const std::int64_t> /*examples*/) {}

  // Epochs count from 1, steps from 0 over all epochs. A run that goes on begins with the epoch and
  // the step at which it stopped.
  virtual void begin_epoch(int /*epoch*/) {}
  virtual void begin_step(std::int64_t /*step*/) {}

  // Adds to the parameters' gradients those of the loss summed over the examples, that is of its
  // mean times the weight that is returned: then parts of a batch add up to the whole. A stage that
  // asks the other processes takes the mean over their examples too, times the weight of all, and
  // adds what these examples have to do with it.
  virtual BatchFigures accumulate_gradients(std::span<const std::int64_t> examples) = 0;

  // False for a loss that compares the examples of a batch with one another: parts of a process's
  // share, one after the other, do not add up.
  virtual bool adds_up() const { return true; }

  // Figures on data that is not trained on; none by default.
  virtual Metrics validate() { return {}; }

  // The one of these figures by whose least value weights may be kept; empty: there is none, as
  // where nothing is held out.
  virtual std::string kept_by() const { return {}; }
};

}  // namespace dali
