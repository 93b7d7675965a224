// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "training/losses/loss_options.h"
#include "training/losses/token_space.h"

namespace dali {

// How far a batch's audio tokens are from its image tokens, and what keeps the loss's own
// parameters in bounds.
struct AlignmentTerms {
  torch::Tensor distance;  // scalar, mean over the batch
  // Scalar, or undefined: mean over the batch of the entropies of audio and of image weights added
  // up, in nats.
  torch::Tensor entropy = {};
  double entropy_weight = 0.0;  // lambda of the paper
  // Scalar, or undefined: the same mean, each clip's entropies times its mean cost, which counts as
  // a constant. Takes the entropy's place in regularised() where lambda is free of the tokens'
  // scale.
  torch::Tensor scaled_entropy = {};

  // OT - lambda H, what the loss's own parameters minimise. Wants an entropy.
  torch::Tensor regularised() const {
    return distance - entropy_weight * (scaled_entropy.defined() ? scaled_entropy : entropy);
  }
};

// What a loss finds of each clip.
struct ClipTerms {
  torch::Tensor distances;              // [batch]
  torch::Tensor entropies = {};         // [batch], or undefined; as AlignmentTerms::entropy
  torch::Tensor scaled_entropies = {};  // [batch], or undefined
  double entropy_weight = 0.0;
  std::map<std::string, double> figures = {};  // what else there is to say of the batch, by name

  AlignmentTerms mean() const;

  // Those of some of the clips, by their indices [kept], int64. The figures stay the batch's.
  ClipTerms of(const torch::Tensor& indices) const;
};

// A distance between two distributions of tokens, both of one width. The losses of the paper stand
// side by side: make_alignment_loss() knows their names. Parameters, where a loss has any, are
// registered with torch::nn::Module. One thread at a time.
class AlignmentLoss : public torch::nn::Module {
 public:
  // audio [batch, audio tokens, width], image [batch, image tokens, width], both finite.
  virtual ClipTerms clip_terms(const torch::Tensor& audio, const torch::Tensor& image) = 0;

  AlignmentTerms forward(const torch::Tensor& audio, const torch::Tensor& image) {
    return clip_terms(audio, image).mean();
  }

  // Where distances between tokens are measured from now on; as it stands, between the tokens as
  // they are. Attention looks at these all the same. Contrastive alignment, which measures angles
  // between means, ignores it.
  void measure_in(TokenSpace space) { space_ = std::move(space); }

  // Tokens as they are in that space.
  TokenPair placed(const torch::Tensor& audio, const torch::Tensor& image) const {
    return space_ ? space_(audio, image) : TokenPair{.audio = audio, .image = image};
  }

  // Scalar: what a validation reports.
  virtual torch::Tensor validation_distance(const torch::Tensor& audio,
                                            const torch::Tensor& image) {
    return forward(audio, image).distance;
  }

  // Epochs count from 1, as in the reference; schedules inside a loss follow them.
  virtual void begin_epoch(int /*epoch*/) {}

  // False for a loss that compares the clips of a batch with one another.
  virtual bool adds_up() const { return true; }

  // What the loss looks at in the tokens of a clip [batch, tokens, width], little enough to be sent
  // to other processes: forward(summary(audio), summary(image)) is forward(audio, image).
  virtual torch::Tensor summary(const torch::Tensor& tokens) const { return tokens; }

  // False while the loss's own parameters shall stay as they are.
  virtual bool trains_own_parameters() const { return false; }

 private:
  TokenSpace space_;
};

// "mmd", "ot", "attentive-ot" or "contrastive", as published; "sinkhorn" and "attentive-sinkhorn",
// the two of transport with a faster, nearly exact solver; "unbalanced-sinkhorn" and "energy".
// Throws std::invalid_argument for any other name, and for options out of their range. width: of
// the tokens; only attentive transport has parameters.
std::shared_ptr<AlignmentLoss> make_alignment_loss(std::string_view name, int width,
                                                   const EntropyWeight& entropy_weight = {},
                                                   const LossOptions& options = {});

}  // namespace dali
