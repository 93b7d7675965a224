#pragma once

#include <string>

#include "model/captioner/captioning_model.h"
#include "model/language/prompt.h"
#include "model/language/tokenizer.h"
#include "training/command/config_fields.h"
#include "training/data/clip_set.h"
#include "training/loop/stage.h"

namespace dali {

struct DistillConfig {
  double learning_rate = 2e-4;
  std::string mode = "paper";  // or "compat", see training_prompt()

  void declare(ConfigFields& fields);
};

// Stage 2: fine-tunes a projector of its own for sound on captions that the model itself made from
// sound, image and prefix, so that sound alone, without prefix, gives the same captions. The towers
// and the decoder are frozen. Paper: section 3.3.
class DistillStage : public Stage {
 public:
  // Borrows `clips`, which outlive the stage. `labels`: one caption a clip, by position. `model`
  // has an audio projector, which starts as a copy of the projector.
  DistillStage(CaptioningModel model, const Tokenizer& tokenizer, const ClipSet& clips,
               const std::vector<std::string>& labels, const DistillConfig& config);

  std::vector<ParameterGroup> parameter_groups() override;
  void set_precision(const StagePrecision& precision) override;
  std::int64_t example_count() const override;
  std::string example_name(std::int64_t example) const override { return clips_.clip(example).id; }
  void announce(std::span<const std::int64_t> examples) override;
  BatchFigures accumulate_gradients(std::span<const std::int64_t> examples) override;

 private:
  // The audio tower's tokens of those examples that can be read: [readable, tokens, tower width].
  torch::Tensor audio_tokens_of(std::span<const std::int64_t> examples,
                                std::vector<std::int64_t>& readable);

  CaptioningModel model_;
  const ClipSet& clips_;
  DistillConfig config_;
  torch::Tensor audio_tokens_;  // [clips, tokens, tower width]; undefined: clips not in memory
  std::vector<TrainingExample> examples_;
};

}  // namespace dali
