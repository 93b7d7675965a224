#pragma once

#include <memory>
#include <random>
#include <string>

#include "model/captioner/captioning_model.h"
#include "training/command/config_fields.h"
#include "training/data/clip_set.h"
#include "training/loop/stage.h"
#include "training/losses/alignment_loss.h"
#include "training/stages/alignment_gradients.h"

namespace dali {

struct AlignConfig {
  std::string loss = "attentive-ot";
  double learning_rate = 1e-4;
  std::string mode = "paper";  // or "compat"
  bool trains_position_embedding = false;  // the authors' code does, by accident; so does compat
  bool augments = true;

  void declare(ConfigFields& fields);
};

// Stage 1b: moves the audio tower's tokens to where the vision tower's tokens of the same clip are,
// without any label. The vision tower is frozen; its tokens of every frame are computed once.
// alignment_gradients.h says who follows which gradient. Paper: section 3.2; reference:
// traintest_distribution_alignment.train.
class AlignStage : public Stage {
 public:
  // Borrows `clips`, which outlives the stage.
  AlignStage(CaptioningModel model, const ClipSet& clips, const AlignConfig& config,
             std::uint64_t seed);

  std::vector<ParameterGroup> parameter_groups() override;
  std::int64_t example_count() const override;
  void begin_epoch(int epoch) override;
  Metrics accumulate_gradients(std::span<const std::int64_t> examples) override;

  const AlignmentLoss& loss() const { return *loss_; }

 private:
  // The spectrograms with noise of random strength and a random roll along time.
  torch::Tensor augmented(const torch::Tensor& spectrograms);

  CaptioningModel model_;
  const ClipSet& clips_;
  AlignConfig config_;
  AlignmentMode mode_;
  std::shared_ptr<AlignmentLoss> loss_;
  std::vector<torch::Tensor> tower_parameters_;
  torch::Tensor image_tokens_;  // [clips, frames, tokens, width]
  std::mt19937_64 generator_;   // of frame choice and rolls
};

}  // namespace dali
