// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <c10/core/Device.h>

#include <iterator>
#include <memory>
#include <optional>
#include <string_view>

#include "tests/support/temporary_directory.h"
#include "tests/support/tiny_tokenizer.h"
#include "tests/training/tiny_clips.h"
#include "training/stages/align_stage.h"
#include "training/stages/distill_stage.h"
#include "training/stages/prefix_stage.h"
#include "training/stages/pretrain_stage.h"
#include "training/stages/vision_stage.h"

namespace dali {

inline constexpr const char* kStages[] = {"prefix",  "align", "contrast", "trimmed",    "paired",
                                          "distill", "tower", "pretrain", "few-tokens", "vision"};
inline constexpr int kStageCount = static_cast<int>(std::size(kStages));

inline bool is_alignment(std::string_view stage) {
  return stage == "align" || stage == "contrast" || stage == "trimmed" || stage == "paired";
}

// What keys an alignment of that name has.
inline AlignConfig tiny_alignment(std::string_view stage, double rate) {
  AlignConfig config = {.loss = "ot", .learning_rate = rate, .augments = false};
  if (stage == "contrast") config.loss = "contrastive";
  if (stage == "trimmed") {
    config.loss = "energy";
    config.pairs.trim = 0.4;
  }
  if (stage == "paired") {
    config.loss = "unbalanced-sinkhorn";
    config.space = "decoder";
    config.pairs = {.trim = 0.7, .pairing = "partial-transport"};
  }
  return config;
}

inline constexpr int kExamples = 4;  // of prefix, pretrain and vision; the others have kTinyClips

// A stage and all that it borrows, the same whenever it is made, on any device.
class TinyStage {
 public:
  explicit TinyStage(std::string_view name, double rate = 1e-3, at::Device device = at::kCPU) {
    model->to(device);
    write_tiny_clips(folder_.path());
    write_tiny_tokenizer(folder_ / "tokenizer.model");
    tokenizer_.emplace(folder_ / "tokenizer.model");
    clips_.emplace(tiny_clips(folder_.path()));
    if (name == "prefix") {
      const PrefixConfig config = {
          .prefix_tokens = 2, .pairs = kExamples, .validation_pairs = 2, .learning_rate = rate};
      const auto captions = References::of_clips(clips_->clips());
      stage_ = std::make_unique<PrefixStage>(model, *tokenizer_, *clips_, captions, config,
                                             /*seed=*/3);
    } else if (is_alignment(name)) {
      stage_ = std::make_unique<AlignStage>(model, *clips_, &*clips_, tiny_alignment(name, rate),
                                            /*seed=*/3);
    } else if (name == "distill" || name == "tower") {
      Labels labels;
      for (int clip = 0; clip < kTinyClips; ++clip) labels[tiny_clip_name(clip)] = "a dog barks";
      labels[tiny_clip_name(2)] = "rain";
      const LabelledClips labelled = {*clips_, labels};
      const DistillConfig config = {.learning_rate = rate,
                                    .trains = name == "tower" ? "tower" : "projector"};
      stage_ = std::make_unique<DistillStage>(model, *tokenizer_, labelled, &labelled, config,
                                              /*seed=*/3);
    } else if (name == "pretrain" || name == "few-tokens") {
      const PretrainConfig config = {.scenes = kExamples,
                                     .turns = 1,
                                     .text_share = 0.3,
                                     .token_dropout = name == "few-tokens" ? 0.5 : 0.0,
                                     .learning_rate = rate,
                                     .validation_scenes = 3};
      stage_ = std::make_unique<PretrainStage>(model, *tokenizer_, config);
    } else {
      const VisionConfig config = {.scenes = kExamples, .learning_rate = rate};
      stage_ = std::make_unique<VisionStage>(model, *tokenizer_, config);
    }
  }

  Stage& operator*() { return *stage_; }
  Stage* operator->() { return stage_.get(); }

  CaptioningModel model = tiny_formula_model();

 private:
  TemporaryDirectory folder_;
  std::optional<Tokenizer> tokenizer_;
  std::optional<ClipSet> clips_;
  std::unique_ptr<Stage> stage_;
};

}  // namespace dali
