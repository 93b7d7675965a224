// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/captioner/captioning_model.h"
#include "model/language/prompt.h"
#include "model/language/tokenizer.h"
#include "training/config/config_fields.h"
#include "training/data/clip_set.h"
#include "training/data/image_tokens.h"
#include "training/evaluate/references.h"
#include "training/loop/stage.h"
#include "training/stages/caption_loss.h"

namespace dali {

struct PrefixConfig {
  int prefix_tokens = 16;
  int pairs = 16;
  int validation_pairs = 0;
  double learning_rate = 1e-3;
  double initial_deviation = 1e-4;
  std::string mode = "paper";  // or "compat", see training_prompt()

  void declare(ConfigFields& fields);
};

// Throws std::invalid_argument naming the key that is out of its range.
void validate(const PrefixConfig& config);

// Stage 1a: tunes the prefix so that the captioner, shown a picture, says what it would sound like.
// Trains on pairs of a picture (the clip's middle frame) and an audio caption; sound is not used,
// everything but the prefix is frozen. Paper: section 3.1; reference: trainPrefixTuningAudio.
class PrefixStage : public Stage {
 public:
  // `cache`, which may be null, is borrowed by the constructor alone. `model` has a prefix; it is
  // initialised here. Takes the first of the `captions` of `config.pairs` clips drawn by `seed`,
  // and of others for the validation; throws std::invalid_argument when there are fewer with one.
  PrefixStage(CaptioningModel model, const Tokenizer& tokenizer, const ClipSet& clips,
              const References& captions, const PrefixConfig& config, std::uint64_t seed,
              TokenCache* cache = nullptr);

  std::vector<ParameterGroup> parameter_groups() override;
  void set_precision(const StagePrecision& precision) override;
  std::int64_t example_count() const override;
  std::string example_name(std::int64_t example) const override {
    return training_.names[static_cast<std::size_t>(example)];
  }
  BatchFigures accumulate_gradients(std::span<const std::int64_t> examples) override;
  // "loss", of the pairs that are not trained on.
  Metrics validate() override;
  std::string kept_by() const override { return validation_.examples.empty() ? "" : "loss"; }

 private:
  struct Pairs {
    torch::Tensor image_tokens;  // [pairs, tokens, tower width]
    std::vector<TrainingExample> examples;
    std::vector<std::string> names;  // of the clips
  };
  Pairs read_pairs(const Tokenizer& tokenizer, const ClipSet& clips, const References& captions,
                   std::span<const std::int64_t> drawn, ImageTokens& image_tokens);
  CaptionLoss loss(const Pairs& pairs, std::span<const std::int64_t> examples);

  CaptioningModel model_;
  PrefixConfig config_;
  Pairs training_;
  Pairs validation_;
};

}  // namespace dali
