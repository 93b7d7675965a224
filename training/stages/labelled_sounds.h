// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/captioner/captioning_model.h"
#include "model/language/prompt.h"
#include "model/language/tokenizer.h"
#include "training/data/clip_set.h"
#include "training/data/labels.h"
#include "training/stages/caption_loss.h"

namespace dali {

// Clips and what shall be said of their sound. The audio tower is frozen; where the clips are held
// in memory, its tokens are computed once.
class LabelledSounds {
 public:
  // Borrows `clips`. Those without a label, or with one that teaches nothing, are left out; throws
  // std::runtime_error when none is left. `prompt` asks for the label.
  LabelledSounds(const CaptioningModel& model, const Tokenizer& tokenizer,
                 const PromptConfig& prompt, const ClipSet& clips, const Labels& labels);

  std::int64_t count() const { return static_cast<std::int64_t>(examples_.size()); }
  const std::string& name(std::int64_t example) const;  // the clip's id
  std::vector<std::int64_t> lengths() const;            // of the examples' texts, in tokens

  void announce(std::span<const std::int64_t> examples) const;

  // How badly the model, hearing these examples, foresees their labels. Clips that cannot be read
  // are left out.
  CaptionLoss loss(std::span<const std::int64_t> examples);

 private:
  void leave_out_idle_examples();
  std::vector<ClipRequest> requests_for(std::span<const std::int64_t> examples) const;

  CaptioningModel model_;
  const ClipSet& clips_;
  torch::Tensor audio_tokens_;  // [clips, tokens, tower width]; undefined: clips not in memory
  std::vector<std::int64_t> clip_of_example_;  // ascending
  std::vector<TrainingExample> examples_;
};

}  // namespace dali
