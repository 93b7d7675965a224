// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/captioner/captioning_model.h"
#include "model/language/tokenizer.h"
#include "toyworld/scene.h"
#include "training/config/config_fields.h"
#include "training/loop/stage.h"
#include "training/stages/caption_loss.h"

namespace dali {

struct PretrainConfig {
  int scenes = 50000;          // an epoch
  int turns = 3;               // questions about one picture
  double text_share = 0.15;    // of examples without a picture
  double token_dropout = 0.0;  // share of a picture's tokens that the decoder is not shown
  double learning_rate = 1e-3;
  World world = World::kSmall;
  std::uint64_t world_seed = 1;
  int validation_scenes = 128;  // of the validation_split(); 0: no validation

  void declare(ConfigFields& fields);
};

// Throws std::invalid_argument naming the key that is out of its range.
void validate(const PretrainConfig& config);

// Teaches the toy world's captioner to see and to speak: vision tower, projector and decoder learn
// from drawn training scenes with questions about them, and from plain text about what things sound
// like. No sound is ever made here. A picture may be shown as up to three frames of its scene, so
// that the decoder has met as many tokens before the question as sound and image together take.
class PretrainStage : public Stage {
 public:
  PretrainStage(CaptioningModel model, const Tokenizer& tokenizer, const PretrainConfig& config);

  std::vector<ParameterGroup> parameter_groups() override;
  void set_precision(const StagePrecision& precision) override;
  std::int64_t example_count() const override;
  void begin_epoch(int epoch) override;
  void begin_step(std::int64_t step) override;
  std::string example_name(std::int64_t example) const override;
  BatchFigures accumulate_gradients(std::span<const std::int64_t> examples) override;
  // "loss", of scenes whose compositions are never trained on, shown with all tokens of one frame
  // each.
  Metrics validate() override;
  std::string kept_by() const override { return config_.validation_scenes > 0 ? "loss" : ""; }

 private:
  // The number of a training example's scene in the world.
  std::uint64_t scene_of(std::int64_t example) const;
  // Of these scenes of `split`, or of texts in their place, shown with `frames` frames, of whose
  // tokens the share `token_dropout` is left out.
  CaptionLoss loss(std::span<const std::uint64_t> scenes, Split split, int frames,
                   double token_dropout);
  // tokens [tokens, width], all of a scene's picture -> those that this step shows.
  torch::Tensor shown_tokens(const torch::Tensor& tokens, std::uint64_t scene,
                             double token_dropout) const;

  CaptioningModel model_;
  const Tokenizer& tokenizer_;
  PretrainConfig config_;
  int epoch_ = 1;
  std::int64_t step_ = 0;
  int frames_ = 1;  // that this step's scenes are shown with
};

}  // namespace dali
