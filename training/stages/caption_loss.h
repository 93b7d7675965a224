#pragma once

#include <torch/types.h>

#include <span>

#include "model/captioner/captioning_model.h"
#include "model/language/prompt.h"

namespace dali {

// Mean cross-entropy over all targets of the batch: how badly the decoder, shown `condition` where
// the example says kImageToken, foresees the labels. Gradients reach whatever made `condition`.
// condition: one [tokens, decoder width] an example, undefined for examples without kImageToken.
torch::Tensor caption_loss(CaptioningModel& model, std::span<const TrainingExample> examples,
                           std::span<const torch::Tensor> condition);

// How many targets that mean is taken over.
double target_count(std::span<const TrainingExample> examples);

}  // namespace dali
