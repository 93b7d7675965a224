// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/captioner/captioning_model.h"
#include "model/language/tokenizer.h"
#include "training/config/config_fields.h"
#include "training/data/clip_set.h"
#include "training/data/labels.h"
#include "training/loop/stage.h"
#include "training/stages/labelled_sounds.h"

namespace dali {

struct DistillConfig {
  double learning_rate = 2e-4;
  std::string trains = "projector";  // or "tower": that and the audio tower
  std::string mode = "paper";        // or "compat", see training_prompt()
  int grouped_batches = 1;           // LengthGroups::batches, 0 or more
  double mixed_share = 0.0;          // with a tower alone, as SoundVariation has it
  std::string joined_by = "while, and";
  bool sorts_labels = false;
  std::string silence = "";

  void declare(ConfigFields& fields);
  bool trains_tower() const { return trains == "tower"; }
};

struct LabelledClips {
  const ClipSet& clips;
  Labels labels;
};

// Stage 2: fine-tunes a projector of its own for sound on captions that the model itself made from
// sound, image and prefix, so that sound alone, without prefix, gives the same captions. The towers
// and the decoder are frozen. Paper: section 3.3. Beyond it, the audio tower learns from the same
// captions: what their words lose reaches it through the frozen decoder and the projector.
class DistillStage : public Stage {
 public:
  // Borrows the clips, which outlive the stage; `validation` may be null. `model` has an audio
  // projector, which starts as a copy of the projector.
  DistillStage(CaptioningModel model, const Tokenizer& tokenizer, const LabelledClips& training,
               const LabelledClips* validation, const DistillConfig& config, std::uint64_t seed);

  std::vector<ParameterGroup> parameter_groups() override;
  void set_precision(const StagePrecision& precision) override;
  std::int64_t example_count() const override { return training_->count(); }
  LengthGroups length_groups() const override;
  std::string example_name(std::int64_t example) const override { return training_->name(example); }
  void begin_epoch(int epoch) override { epoch_ = epoch; }
  void announce(std::span<const std::int64_t> examples) override {
    training_->announce(examples, variation());
  }
  BatchFigures accumulate_gradients(std::span<const std::int64_t> examples) override;
  // "loss", of the labels that are not trained on.
  Metrics validate() override;
  std::string kept_by() const override { return validation_ ? "loss" : ""; }

 private:
  std::optional<SoundVariation> variation() const;  // of this epoch; none with a frozen tower

  CaptioningModel model_;
  DistillConfig config_;
  std::vector<std::string> joints_;  // the words of joined_by
  std::uint64_t seed_;
  int epoch_ = 1;
  std::optional<LabelledSounds> training_;  // there since the constructor
  std::optional<LabelledSounds> validation_;
};

}  // namespace dali
