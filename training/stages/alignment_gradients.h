// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>
#include <vector>

#include "training/loop/stage.h"
#include "training/losses/alignment_loss.h"

namespace dali {

// Where the authors' code departs from their paper in stage 1b.
enum class AlignmentMode {
  kPaper,   // the audio tower follows the distance alone
  kCompat,  // the audio tower follows the distance and what the loss's own parameters minimise,
            // because the code clears no gradients between the two
};

// "paper" or "compat"; throws std::invalid_argument for anything else.
AlignmentMode parse_alignment_mode(std::string_view name);

// Adds the gradients of one batch, times `weight`, to those of the tower and of the loss's own
// parameters, which follow regularised() in either mode, or nothing while the loss does not train
// them. The gradient of any other parameter stays as it is.
void accumulate_alignment_gradients(const AlignmentTerms& terms, const AlignmentLoss& loss,
                                    const std::vector<torch::Tensor>& tower_parameters,
                                    AlignmentMode mode, double weight = 1.0);

// One Adam for the tower and one for the loss's own parameters, whose rate stays as it is: the
// reference schedules the tower alone. `tower_parameters` by their names in the model.
std::vector<ParameterGroup> alignment_parameter_groups(const TensorMap& tower_parameters,
                                                       const AlignmentLoss& loss,
                                                       double learning_rate);

}  // namespace dali
