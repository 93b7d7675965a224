// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "model/base/model_config.h"
#include "model/tensor/linear.h"

namespace dali {

// From a tower's tokens to the decoder's embeddings: linear, exact GELU, linear (LLaVA-1.5, Liu et
// al., 2023).
struct ProjectorImpl : torch::nn::Module {
  explicit ProjectorImpl(const ProjectorConfig& config);

  // tokens [batch, tokens, input_width], any dtype -> [batch, tokens, output_width] in the weights'
  // dtype.
  torch::Tensor forward(const torch::Tensor& tokens);

  Linear expand{nullptr};    // [output_width, input_width], [output_width]
  Linear contract{nullptr};  // [output_width, output_width], [output_width]
};
TORCH_MODULE(Projector);

}  // namespace dali
