// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

#include <span>

#include "model/captioner/captioning_model.h"
#include "model/language/prompt.h"
#include "training/loop/stage.h"

namespace dali {

// Mean cross-entropy over all targets of the batch: how badly the decoder, shown `condition` where
// the example says kImageToken, foresees the labels. Gradients reach whatever made `condition`.
// condition: one [tokens, decoder width] an example, undefined for examples without kImageToken.
torch::Tensor caption_loss(CaptioningModel& model, std::span<const TrainingExample> examples,
                           std::span<const torch::Tensor> condition);

// How many targets that mean is taken over; of none it is not a number.
double target_count(std::span<const TrainingExample> examples);

// The two of a batch; no targets where none of it can be read, and no mean then.
struct CaptionLoss {
  torch::Tensor mean;  // scalar
  double targets = 0.0;
};

// Of these examples; without a mean where none has a target.
CaptionLoss loss_of_captions(CaptioningModel& model, std::span<const TrainingExample> examples,
                             std::span<const torch::Tensor> condition);

// Says on standard error how many of `examples` teach nothing, their captions being empty or taken
// for several turns. Throws std::runtime_error when none teaches anything. `source` names them.
void check_targets(std::span<const TrainingExample> examples, const std::string& source);

// What the loop is told of a batch.
BatchFigures figures_of(const CaptionLoss& loss);

// That, after adding the gradients of the loss summed over the targets.
BatchFigures accumulated(const CaptionLoss& loss);

}  // namespace dali
