// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <memory>
#include <string_view>

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

// Lambda, how much the entropy of attentive transport's weights counts.
struct EntropyWeight {
  // From epoch 6 on, five times that in epoch 2. 0: 100 in the cost's own unit, as published; free
  // of scale, a tenth of the mean cost, which is as much where tokens are a squared distance of
  // 1000 apart, as CLIP's are.
  double last = 0.0;
  bool is_scale_free = false;  // times the mean cost of the clip's pairs of tokens

  double last_or_default() const;  // above 0
};

// A distance between two distributions of tokens, both of one width. The losses of the paper stand
// side by side: make_alignment_loss() knows their names. Parameters, where a loss has any, are
// registered with torch::nn::Module. One thread at a time.
class AlignmentLoss : public torch::nn::Module {
 public:
  // audio [batch, audio tokens, width], image [batch, image tokens, width], both finite.
  virtual AlignmentTerms forward(const torch::Tensor& audio, const torch::Tensor& image) = 0;

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
};

// "mmd", "ot", "attentive-ot" or "contrastive"; "sinkhorn" and "attentive-sinkhorn" are the two of
// transport with a faster, nearly exact solver. Throws std::invalid_argument for any other name.
// width: of the tokens; only attentive OT has parameters, and only it looks at `entropy_weight`,
// whose `last` must be 0 or more and finite: std::invalid_argument otherwise.
std::shared_ptr<AlignmentLoss> make_alignment_loss(std::string_view name, int width,
                                                   const EntropyWeight& entropy_weight = {});

}  // namespace dali
