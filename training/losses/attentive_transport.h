// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/linear.h>

#include "training/losses/alignment_loss.h"
#include "training/losses/optimal_transport.h"

namespace dali {

// Which tokens the attention has not left at the floor: those to which it gave at least a hundredth
// of a uniform weight, beside the uniform half that all have. weights [batch, tokens] of
// AttentiveTransport -> [batch, tokens], bool, at least one true in each row.
torch::Tensor is_above_floor(const torch::Tensor& weights);

// Optimal transport whose weights come from cross-attention: a token that finds nothing like it on
// the other side may weigh less. Half of each weight stays uniform, and the entropy of both, times
// lambda, keeps the rest from collapsing on few tokens. In epoch 1 the attention is used as it was
// initialised; lambda falls from five times its last value in epoch 2 to that in epoch 6, as
// published from 500 to 100. These are in the unit of the cost, and mean nothing to tokens of
// another scale; free of scale they are shares of a clip's mean cost. Validation has uniform
// weights.
// Paper: section 3.2, equations 4-6; reference: CAVMAE.forward(method="emd", x_attn=True), whose
// names of the members are crossed (image_scorer looks from audio) and are straightened here.
class AttentiveTransport : public AlignmentLoss {
 public:
  explicit AttentiveTransport(int width, TransportSolver solver = transport_cost,
                              const EntropyWeight& entropy_weight = {});

  // Figures: the share of tokens that are not is_above_floor(), "floor of audio" and "floor of
  // image".
  ClipTerms clip_terms(const torch::Tensor& audio, const torch::Tensor& image) override;
  torch::Tensor validation_distance(const torch::Tensor& audio,
                                    const torch::Tensor& image) override;
  void begin_epoch(int epoch) override;
  bool trains_own_parameters() const override { return epoch_ > 1; }
  double entropy_weight() const;  // of this epoch; 0 in the first; times the mean cost or not

  // How much each token of one side matters given those of the other; rows sum to 1.
  struct Weights {
    torch::Tensor audio;  // [batch, audio tokens]
    torch::Tensor image;  // [batch, image tokens]
  };
  Weights weights(const torch::Tensor& audio, const torch::Tensor& image);

 private:
  // Cross-attention from one modality to the other, with a linear layer in front of each input.
  struct ScorerImpl : torch::nn::Module {
    explicit ScorerImpl(int width);
    torch::Tensor forward(const torch::Tensor& query, const torch::Tensor& other);

    torch::nn::Linear query{nullptr};                  // weight [width, width]
    torch::nn::Linear key{nullptr};                    // weight [width, width]
    torch::nn::Linear value{nullptr};                  // weight [width, width]
    torch::nn::MultiheadAttention attention{nullptr};  // 8 heads
  };
  TORCH_MODULE(Scorer);

  TransportSolver solver_;
  EntropyWeight entropy_weight_;
  int epoch_ = 1;
  Scorer audio_scorer_;
  Scorer image_scorer_;
};

}  // namespace dali
