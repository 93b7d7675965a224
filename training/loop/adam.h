// SPDX-License-Identifier: LGPL-2.1-or-later
// Adam (Kingma and Ba, 2014), as torch.optim.Adam computes it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "training/loop/stage.h"

namespace dali {

// Moves one group of parameters. Weights and moments are float32, whatever the parameters compute
// in: a parameter of another dtype gets its weight rounded after every step. LibTorch's own Adam
// has neither, nor a state that can be written to a file of ours. One thread at a time.
class Adam {
 public:
  // `group.parameters` are float32 as yet; their present values are where training starts.
  explicit Adam(ParameterGroup group);

  const std::string& name() const { return group_name_; }
  std::int64_t parameter_count() const;

  // Takes what backward() left with the parameters and adds it to the step's gradients. Called
  // after each part of a batch.
  void take_gradients();

  // The step's gradients, one a parameter, undefined where none was taken; float32.
  const std::vector<at::Tensor>& gradients() const { return gradients_; }

  // Asks for each parameter in turn whether there shall be a gradient; a missing one becomes zero.
  void define_gradients(const std::function<bool()>& is_wanted);

  void scale_gradients(double factor);

  // Of all gradients together.
  double gradient_norm() const;

  // Moves every parameter that has a gradient, at the group's learning rate times `factor` where
  // the group follows the schedule, and drops the gradients.
  void step(double factor);

  // Gives the parameters the float32 weights themselves: what training ends with.
  void release_weights();

  // Adds the weights by their names, and the moments and step counts to `moments`.
  void save(TensorMap& weights, TensorMap& moments) const;

  // The opposite. Throws std::runtime_error naming a tensor that is missing or has another shape;
  // `source` is the file's name in that message.
  void load(const TensorMap& weights, const TensorMap& moments, const std::string& source);

  // That of the weights alone.
  void replace_weights(const TensorMap& weights, const std::string& source);

 private:
  struct Slot {
    std::string name;
    at::Tensor parameter;      // the model's
    at::Tensor weight;         // float32; shares the parameter's memory when that is float32 too
    at::Tensor first_moment;   // undefined before the first gradient
    at::Tensor second_moment;  // undefined before the first gradient
    std::int64_t steps = 0;
  };

  // Rounds the weight to what the parameter computes in, when the two are apart.
  static void publish(Slot& slot);

  std::string group_name_;
  AdamConfig config_;
  std::vector<Slot> slots_;
  std::vector<at::Tensor> gradients_;  // one a slot
};

}  // namespace dali
