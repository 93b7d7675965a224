// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/modules/linear.h>

#include <cstdint>
#include <string>
#include <vector>

#include "model/captioner/captioning_model.h"
#include "model/language/tokenizer.h"
#include "toyworld/catalogue.h"
#include "training/config/config_fields.h"
#include "training/loop/stage.h"

namespace dali {

struct VisionConfig {
  int scenes = 100000;
  double learning_rate = 2e-3;
  World world = World::kSmall;
  std::uint64_t world_seed = 1;
  int validation_scenes = 128;  // of the validation_split(); 0: no validation
};

// Teaches the toy world's vision tower which words a caption of a picture holds: what CLIP's
// pretraining on captions is to the published model. The decoder's gradients alone take far more
// pictures to tell one thing from another, and each costs more.
//
// Every token foretells the words on its own, and the picture's logit of a word is the logarithm of
// the mean of their exponentials (Pinheiro and Collobert, "From Image-level to Pixel-level
// Labeling", 2015, equation 6 with r = 1). So a word is learned where its thing stands. A mean of
// the tokens spreads it over all of them: after 24,000 scenes that knew both of two things in 4 %
// of the pictures, this in 23 %.
class VisionStage : public Stage {
 public:
  VisionStage(CaptioningModel model, const Tokenizer& tokenizer, const VisionConfig& config);

  std::vector<ParameterGroup> parameter_groups() override;
  void set_precision(const StagePrecision& precision) override;
  std::int64_t example_count() const override;
  std::string example_name(std::int64_t example) const override {
    return "scene " + std::to_string(example);
  }
  BatchFigures accumulate_gradients(std::span<const std::int64_t> examples) override;
  // "things named": the share of the things that sound whose nouns are the likeliest of their kind,
  // as many of them as the picture shows.
  Metrics validate() override;

 private:
  // Logits of the words, [pictures, vocabulary], float32.
  torch::Tensor foretold_words(const std::vector<torch::Tensor>& pixels);
  CaptioningModel model_;
  const Tokenizer& tokenizer_;
  VisionConfig config_;
  torch::nn::Linear word_head_;  // [vocabulary, width]; not part of the model
};

// Draws the tower's weight matrices anew from N(0, 1 / inputs) and its position embedding from
// N(0, 0.3): the published models' deviation of 0.02 suits their widths, and starts a narrow tower
// an order of magnitude too small.
void initialise_narrow_tower(VisionTower& tower);

}  // namespace dali
