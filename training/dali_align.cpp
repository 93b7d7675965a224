// Stage 1b: teaches the audio tower to give tokens like those of the picture.

#include <filesystem>

#include "training/command/stage_command.h"
#include "training/data/clip_set.h"
#include "training/data/trained_model.h"
#include "training/loop/training_loop.h"
#include "training/stages/align_stage.h"

int main(int argc, char** argv) {
  std::filesystem::path model_directory;
  std::filesystem::path manifest;
  int max_clips = 0;
  dali::AlignConfig align;
  dali::LoopConfig loop{.epochs = 20, .batch_size = 256, .schedule = "halving"};

  dali::ConfigFields fields;
  fields.add("model", &model_directory, "model directory with the captioner");
  fields.add("manifest", &manifest, "extracted clips with sound and frames; captions are not used");
  fields.add("max_clips", &max_clips, "use the first so many clips; 0: all");
  align.declare(fields);
  loop.declare(fields);

  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-align",
       .purpose = "Stage 1b: aligns the audio tower's tokens with the image tokens of the same "
                  "clips. Writes a model directory over the one it started from."},
      fields, [&](const std::filesystem::path& out) {
        dali::prepare_torch(loop);
        auto trained = dali::load_trained_model(model_directory);
        const auto clips = dali::ClipSet::load(manifest, trained.model->config, max_clips);
        dali::AlignStage stage(trained.model, clips, align, loop.seed);
        dali::train(stage, loop, out);
        dali::write_overlay(out, trained, {"audio_tower."});
        dali::write_loss_weights(out, stage.loss());
      });
}
