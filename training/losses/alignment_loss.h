#pragma once

#include <torch/types.h>
#include <torch/nn/module.h>

#include <memory>
#include <string>
#include <string_view>

namespace dali {

// How far a batch's audio tokens are from its image tokens, and what the stage may do with it.
struct AlignmentTerms {
  // Scalar, mean over the batch. Its gradient trains the audio tower and the loss's own parameters.
  torch::Tensor distance;
  // Scalar, or undefined. Its gradient trains the loss's own parameters alone (the entropy that
  // keeps attention weights from collapsing).
  torch::Tensor regulariser;
};

// A distance between two distributions of tokens, both of one width. The four of the paper stand
// side by side: make_alignment_loss() knows their names. Parameters, where a loss has any, are
// registered with torch::nn::Module. One thread at a time.
class AlignmentLoss : public torch::nn::Module {
 public:
  // audio [batch, audio tokens, width], image [batch, image tokens, width], both finite.
  virtual AlignmentTerms forward(const torch::Tensor& audio, const torch::Tensor& image) = 0;

  // Epochs count from 1, as in the reference; schedules inside a loss follow them.
  virtual void begin_epoch(int /*epoch*/) {}

  // False while the loss's own parameters shall stay as they are.
  virtual bool trains_own_parameters() const { return false; }
};

// "mmd", "ot", "attentive-ot" or "contrastive"; throws std::invalid_argument for any other name.
// width: of the tokens; only attentive OT has parameters.
std::shared_ptr<AlignmentLoss> make_alignment_loss(std::string_view name, int width);

}  // namespace dali
