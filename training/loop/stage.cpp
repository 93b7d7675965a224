// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/stage.h"

#include <stdexcept>

namespace dali {

void Stage::set_precision(const StagePrecision& precision) {
  if (precision.dtype != at::kFloat || precision.recomputes_activations) {
    throw std::invalid_argument("this stage computes in float32 and keeps its activations");
  }
}

TensorMap trainable_parameters(const torch::nn::Module& module, const std::string& prefix) {
  TensorMap trainable;
  for (auto& parameter : module.named_parameters()) {
    parameter.value().set_requires_grad(true);
    trainable.emplace(prefix + parameter.key(), parameter.value());
  }
  return trainable;
}

}  // namespace dali
