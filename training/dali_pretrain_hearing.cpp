// SPDX-License-Identifier: LGPL-2.1-or-later
// What the audio tower learns before stage 1b: what CAV-MAE is to the published model.

#include <filesystem>

#include "training/data/clip_set.h"
#include "training/data/trained_model.h"
#include "training/loop/prepare_training.h"
#include "training/loop/training_loop.h"
#include "training/stages/hearing_stage.h"
#include "training/stages/stage_command.h"

int main(int argc, char** argv) {
  std::filesystem::path model_directory;
  std::filesystem::path manifest;
  dali::ClipLoading loading;
  dali::HearingConfig hearing;
  dali::LoopConfig loop{.epochs = 25, .batch_size = 64, .schedule = "cosine"};

  dali::ConfigFields fields;
  fields.add_required("model", &model_directory, "model directory with the captioner");
  fields.add_required("manifest", &manifest,
                      "extracted clips with sound and frames; captions are not used");
  loading.declare(fields);
  hearing.declare(fields);
  loop.declare(fields);

  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-pretrain-hearing",
       .purpose =
           "Before stage 1b: pretrains the audio tower alone, as CAV-MAE learns from unlabelled "
           "video. It learns to tell masked patches of a spectrogram from the others, and a little "
           "which sound belongs to which picture. Its output projection stays as it was, so that "
           "nothing is aligned yet. Writes a model directory over the one it started from."},
      fields, [&](const std::filesystem::path& out) {
        const auto processes = dali::prepare_training(loop);
        auto trained = dali::load_trained_model(model_directory);
        trained.model->to(processes->device());
        const auto clips = dali::ClipSet::load(manifest, trained.model->config, loading);
        dali::HearingStage stage(trained.model, clips, hearing, loop.seed);
        stage.check_batch(loop.batch_size);
        if (dali::train(stage, loop, out, *processes)) {
          dali::write_overlay(out, trained, {"audio_tower."});
        }
      });
}
