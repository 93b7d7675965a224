// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>

#include "model/captioner/captioning_model.h"
#include "training/config/config_fields.h"
#include "training/losses/alignment_loss.h"
#include "training/losses/loss_options.h"
#include "training/stages/pair_choice.h"

namespace dali {

// The keys of stage 1b.
struct AlignConfig {
  std::string loss = "attentive-ot";
  double learning_rate = 1e-4;
  std::string mode = "paper";      // or "compat"
  std::string objective = "auto";  // or "distance", "eq6", "authors"
  double lambda = 0.0;             // 0: EntropyWeight's default
  bool scale_free_lambda = false;
  std::string space = "tokens";           // or "normalised", "decoder"
  double raw_share = 0.1;                 // of the tokens' own distance in the other two spaces
  std::string kernel_bandwidth = "mean";  // or "median"
  std::string kernel_multiples = "0.25, 0.5, 1, 2, 4";
  UnbalancedOptions unbalanced = {};
  PairConfig pairs = {};
  bool trains_position_embedding = false;  // the authors' code does, by accident; so does compat
  bool augments = true;

  void declare(ConfigFields& fields);
};

// The loss that the keys name, between tokens of the model's towers and, in the decoder's space,
// behind its projector, whose weights it shares as they are then. Throws std::invalid_argument
// naming the key that makes no sense.
std::shared_ptr<AlignmentLoss> alignment_loss(const AlignConfig& config,
                                              const CaptioningModel& model);

}  // namespace dali
