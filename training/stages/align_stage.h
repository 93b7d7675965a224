// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Generator.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/captioner/captioning_model.h"
#include "training/data/clip_set.h"
#include "training/data/image_tokens.h"
#include "training/loop/stage.h"
#include "training/losses/alignment_loss.h"
#include "training/stages/align_config.h"
#include "training/stages/alignment_gradients.h"
#include "training/stages/pair_choice.h"

namespace dali {

// Stage 1b: moves the audio tower's tokens to where the vision tower's tokens of the same clip are,
// without any label. The vision tower is frozen; its tokens of every frame are computed once where
// the clips are held in memory. alignment_gradients.h says who follows which gradient. Paper:
// section 3.2; reference: traintest_distribution_alignment.train.
class AlignStage : public Stage {
 public:
  // Borrows `clips`, `validation_clips` (null: none) and `cache` (null: none), which outlive the
  // stage.
  AlignStage(CaptioningModel model, const ClipSet& clips, const ClipSet* validation_clips,
             const AlignConfig& config, std::uint64_t seed, TokenCache* cache = nullptr);

  // Throws std::invalid_argument where batches of so many clips, or of all there are, leave nothing
  // to do that the keys ask for: one clip has no other to be compared with.
  void check_batch(int batch_size) const;

  std::vector<ParameterGroup> parameter_groups() override;
  void set_precision(const StagePrecision& precision) override;
  void release_weights() override;
  std::int64_t example_count() const override;
  std::string example_name(std::int64_t example) const override { return clips_.clip(example).id; }
  void announce(std::span<const std::int64_t> examples) override;
  void begin_epoch(int epoch) override;
  BatchFigures accumulate_gradients(std::span<const std::int64_t> examples) override;
  bool adds_up() const override { return loss_->adds_up() && !pairs_.compares_clips(); }
  void join(const ProcessGroup& processes) override { processes_ = &processes; }
  // "distance": the loss's validation_distance(), from middle frames; in compat from first ones.
  Metrics validate() override;
  std::string kept_by() const override { return validation_clips_ == nullptr ? "" : "distance"; }

  const AlignmentLoss& loss() const { return *loss_; }

 private:
  // What is drawn for clips in this epoch: first a frame of each, then, by the generator as that
  // left it, what its sound is augmented with.
  struct Draws {
    std::vector<ClipRequest> requests;
    std::map<std::int64_t, at::Generator> generators;  // by clip
  };
  Draws draw_for(std::span<const std::int64_t> examples) const;

  // Tokens of the sounds and of the frames: [clips, tokens, width], float32; no_tokens() without
  // clips. Not all that was drawn for is in the batch.
  torch::Tensor audio_tokens_of(const ClipBatch& batch, const Draws& draws);
  torch::Tensor image_tokens_of(const ClipBatch& batch);
  torch::Tensor no_tokens(std::int64_t tokens) const;  // [0, tokens, width]

  CaptioningModel model_;
  ImageTokens image_tokens_;
  const ClipSet& clips_;
  const ClipSet* validation_clips_;
  AlignConfig config_;
  AlignmentMode mode_;
  AlignmentObjective objective_;
  std::shared_ptr<AlignmentLoss> loss_;
  PairChoice pairs_;
  const ProcessGroup* processes_ = nullptr;  // that share a batch; null: this one alone
  std::vector<torch::Tensor> tower_parameters_;
  // Of the audio tower, which is written whole: a parameter that is not trained, and the float32
  // weight that it had.
  std::vector<std::pair<torch::Tensor, torch::Tensor>> fixed_weights_;
  // [clips, frames, tokens, width], on the CPU, whose memory is larger; undefined: clips not in
  // memory.
  torch::Tensor tokens_in_memory_;
  std::uint64_t seed_;  // of frame choice, noise and rolls
  int epoch_ = 1;
};

}  // namespace dali
