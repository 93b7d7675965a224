// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>
#include <vector>

#include "training/loop/stage.h"
#include "training/losses/alignment_loss.h"

namespace dali {

// What of the authors' code stage 1b takes that is not in their paper.
enum class AlignmentMode { kPaper, kCompat };

// "paper" or "compat"; throws std::invalid_argument for anything else.
AlignmentMode parse_alignment_mode(std::string_view name);

// What the audio tower follows while the loss has parameters of its own that are trained. These,
// the scorers of attentive transport, minimise OT - lambda H, regularised(), in all three.
enum class AlignmentObjective {
  kDistance,  // OT alone: the entropy keeps the weights apart and is nothing that tokens should
              // make easier
  kEq6,       // OT - lambda H: one loss for tower and scorers, equation 6 of the paper
  kAuthors,   // 2 OT - lambda H: their code clears no gradients between the two losses
};

// "distance", "eq6" or "authors"; "auto" is what the mode has always had: distance on paper,
// authors in compat. Throws std::invalid_argument for anything else.
AlignmentObjective parse_alignment_objective(std::string_view name, AlignmentMode mode);

// Adds the gradients of one batch, times `weight`, to those of the tower and of the loss's own
// parameters, or of the distance to the tower's alone while the loss does not train its own. The
// gradient of any other parameter stays as it is.
void accumulate_alignment_gradients(const AlignmentTerms& terms, const AlignmentLoss& loss,
                                    const std::vector<torch::Tensor>& tower_parameters,
                                    AlignmentObjective objective, double weight = 1.0);

// One Adam for the tower and one for the loss's own parameters, whose rate stays as it is: the
// reference schedules the tower alone. `tower_parameters` by their names in the model.
std::vector<ParameterGroup> alignment_parameter_groups(const TensorMap& tower_parameters,
                                                       const AlignmentLoss& loss,
                                                       double learning_rate);

}  // namespace dali
