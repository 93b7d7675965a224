// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
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

// How a tower that is being trained hears examples, the same in every process and in any batch.
struct SoundVariation {
  std::uint64_t seed = 1;
  int epoch = 1;
  double mixed_share = 0.0;       // of the examples that are heard together with another one
  std::string joined_by = "and";  // between the labels of two
  bool is_alphabetical = false;   // which of the two is named first; else the louder one is
  std::string silence = "";       // a label that none is joined with; nor are two that share a word
};

// Clips and what shall be said of their sound.
class LabelledSounds {
 public:
  // A frozen tower's tokens are computed once where the clips are held in memory.
  enum class AudioTower { kFrozen, kTrained };

  // Borrows `clips`. Those without a label, or with one that teaches nothing, are left out; throws
  // std::runtime_error when none is left. `prompt` asks for the label.
  LabelledSounds(const CaptioningModel& model, const Tokenizer& tokenizer,
                 const PromptConfig& prompt, const ClipSet& clips, const Labels& labels,
                 AudioTower audio_tower);

  std::int64_t count() const { return static_cast<std::int64_t>(examples_.size()); }
  const std::string& name(std::int64_t example) const;  // the clip's id
  std::vector<std::int64_t> lengths() const;            // of the examples' texts, in tokens

  void announce(std::span<const std::int64_t> examples,
                const std::optional<SoundVariation>& variation = {}) const;

  // How badly the model, hearing these examples, foresees their labels. Clips that cannot be read
  // are left out. Gradients reach a trained tower, which hears the examples as `variation` says,
  // where it is given.
  CaptionLoss loss(std::span<const std::int64_t> examples,
                   const std::optional<SoundVariation>& variation = {});

 private:
  void leave_out_idle_examples();
  std::int64_t clip_of(std::int64_t example) const {
    return clip_of_example_[static_cast<std::size_t>(example)];
  }
  const std::string& label_of(std::int64_t example) const {
    return label_of_example_[static_cast<std::size_t>(example)];
  }
  std::optional<std::int64_t> company_of(std::int64_t example,
                                         const SoundVariation& variation) const;
  std::vector<ClipRequest> requests_for(std::span<const std::int64_t> examples,
                                        const std::optional<SoundVariation>& variation) const;
  std::map<std::int64_t, torch::Tensor> spectrograms(
      std::span<const std::int64_t> examples, const std::optional<SoundVariation>& variation);
  std::optional<TrainingExample> joined(std::int64_t first, std::int64_t second,
                                        const SoundVariation& variation) const;
  struct Heard {
    std::vector<torch::Tensor> spectrograms;  // of the examples whose clips could be read
    std::vector<TrainingExample> examples;    // and what is to be said of them
  };
  Heard heard(std::span<const std::int64_t> examples,
              const std::optional<SoundVariation>& variation);

  CaptioningModel model_;
  const Tokenizer& tokenizer_;
  std::string question_;
  const ClipSet& clips_;
  AudioTower audio_tower_;
  torch::Tensor audio_tokens_;  // [clips, tokens, tower width]; undefined: computed anew each time
  std::vector<std::int64_t> clip_of_example_;  // ascending
  std::vector<std::string> label_of_example_;
  std::vector<TrainingExample> examples_;
  std::size_t longest_ = 0;  // of the examples' texts, in tokens
};

}  // namespace dali
