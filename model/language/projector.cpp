// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/projector.h"

#include <ATen/ops/gelu.h>

namespace dali {

ProjectorImpl::ProjectorImpl(const ProjectorConfig& config)
    : expand(register_module("expand", Linear(LinearConfig{.input_width = config.input_width,
                                                           .output_width = config.output_width}))),
      contract(
          register_module("contract", Linear(LinearConfig{.input_width = config.output_width,
                                                          .output_width = config.output_width}))) {}

torch::Tensor ProjectorImpl::forward(const torch::Tensor& tokens) {
  return contract(at::gelu(expand(tokens)));
}

}  // namespace dali
