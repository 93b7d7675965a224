// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include <cstdint>
#include <string>
#include <vector>

#include "model/captioner/captioning_model.h"
#include "training/config/config_fields.h"
#include "training/data/clip_set.h"
#include "training/data/image_tokens.h"
#include "training/loop/stage.h"
#include "training/losses/contrastive.h"

namespace dali {

struct HearingConfig {
  double learning_rate = 1e-4;
  double masked_share = 0.75;
  double contrast_weight = 0.01;

  void declare(ConfigFields& fields);
};

// What the audio tower knows before stage 1b: unlabelled video, as CAV-MAE learns it. It tells
// masked patches of the spectrogram from the others, and, with a small weight, the mean of its
// tokens from those of other clips' by the picture, in a space that nothing else uses. Its output
// projection is left as it was, so that its tokens mean nothing to the captioner yet. The vision
// tower is frozen.
class HearingStage : public Stage {
 public:
  // Borrows `clips`, which outlives the stage.
  HearingStage(CaptioningModel model, const ClipSet& clips, const HearingConfig& config,
               std::uint64_t seed);

  // Throws std::invalid_argument where a batch of so many clips, or of all, leaves one without
  // another that it is contrasted with.
  void check_batch(int batch_size) const;

  std::vector<ParameterGroup> parameter_groups() override;
  std::int64_t example_count() const override { return clips_.size(); }
  std::string example_name(std::int64_t example) const override { return clips_.clip(example).id; }
  void begin_epoch(int epoch) override { epoch_ = epoch; }
  // "loss": "reconstruction" + contrast_weight · "contrast".
  BatchFigures accumulate_gradients(std::span<const std::int64_t> examples) override;
  // The contrast is with the other clips of the batch.
  bool adds_up() const override { return false; }
  void join(const ProcessGroup& processes) override { processes_ = &processes; }

 private:
  // What is trained besides the tower, and is no part of the model.
  struct Heads : torch::nn::Module {
    explicit Heads(const ModelConfig& config);

    torch::nn::Linear reconstruction{nullptr};  // [patch_size², width]
    torch::nn::Linear sound{nullptr};           // [width, width]
    torch::nn::Linear picture{nullptr};         // [width, vision width]
  };

  std::int64_t patch_count() const;  // of a spectrogram
  // spectrograms [batch, frames, mel_bins] -> [batch, tokens, width], before the projection.
  torch::Tensor features(const torch::Tensor& spectrograms);
  torch::Tensor shared_rows(const torch::Tensor& means) const;

  CaptioningModel model_;
  ImageTokens image_tokens_;
  const ClipSet& clips_;
  HearingConfig config_;
  Heads heads_;
  Contrastive contrastive_;
  const ProcessGroup* processes_ = nullptr;  // that share a batch; null: this one alone
  torch::Tensor tokens_in_memory_;  // [clips, frames, tokens, width]; undefined: not in memory
  std::uint64_t seed_;              // of frames and masks
  int epoch_ = 1;
};

}  // namespace dali
