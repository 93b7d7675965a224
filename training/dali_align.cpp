// SPDX-License-Identifier: LGPL-2.1-or-later
// Stage 1b: teaches the audio tower to give tokens like those of the picture.

#include <filesystem>
#include <optional>

#include "training/data/clip_set.h"
#include "training/data/token_cache.h"
#include "training/data/trained_model.h"
#include "training/loop/prepare_training.h"
#include "training/loop/training_loop.h"
#include "training/stages/align_stage.h"
#include "training/stages/stage_command.h"

int main(int argc, char** argv) {
  std::filesystem::path model_directory;
  std::filesystem::path manifest;
  std::filesystem::path validation_manifest;
  dali::ClipLoading loading;
  dali::TokenCacheConfig kept_tokens;
  dali::AlignConfig align;
  dali::LoopConfig loop{
      .epochs = 20, .batch_size = 256, .schedule = "halving", .warmup_ratio = 0.0};

  dali::ConfigFields fields;
  fields.add_required("model", &model_directory, "model directory with the captioner");
  fields.add_required("manifest", &manifest,
                      "extracted clips with sound and frames; captions are not used");
  fields.add("validation_manifest", &validation_manifest,
             "clips that are not trained on, to measure the distance on; none: no validation");
  loading.declare(fields);
  kept_tokens.declare(fields);
  align.declare(fields);
  loop.declare(fields);

  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-align",
       .purpose = "Stage 1b: aligns the audio tower's tokens with the image tokens of the same "
                  "clips. Writes a model directory over the one it started from."},
      fields, [&](const std::filesystem::path& out) {
        const auto processes = dali::prepare_training(loop);
        auto cache = dali::TokenCache::open(kept_tokens);
        auto trained = dali::load_trained_model(model_directory);
        trained.model->to(processes->device());
        const auto clips = dali::ClipSet::load(manifest, trained.model->config, loading);
        std::optional<dali::ClipSet> validation;
        if (!validation_manifest.empty()) {
          validation = dali::ClipSet::load(validation_manifest, trained.model->config, loading);
        }
        dali::AlignStage stage(trained.model, clips, validation ? &*validation : nullptr, align,
                               loop.seed, cache ? &*cache : nullptr);
        stage.check_batch(loop.batch_size);
        if (dali::train(stage, loop, out, *processes)) {
          dali::write_overlay(out, trained, {"audio_tower."});
          dali::write_loss_weights(out, stage.loss());
        }
      });
}
