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
  // `labels`: one caption a clip, by position. `model` has an audio projector, which starts as a
  // copy of the projector.
  DistillStage(CaptioningModel model, const Tokenizer& tokenizer, const ClipSet& clips,
              const std::vector<std::string>& labels, const DistillConfig& config);

  std::vector<ParameterGroup> parameter_groups() override;
  std::int64_t example_count() const override;
  Metrics accumulate_gradients(std::span<const std::int64_t> examples) override;

 private:
  CaptioningModel model_;
  DistillConfig config_;
  torch::Tensor audio_tokens_;  // [clips, tokens, tower width]
  std::vector<TrainingExample> examples_;
};

}  // namespace dali
