// SPDX-License-Identifier: LGPL-2.1-or-later
// Trains the toy world's image captioner: what LLaVA is to the published model.

#include <filesystem>
#include <stdexcept>
#include <string>

#include "toyworld/catalogue.h"
#include "training/data/trained_model.h"
#include "training/loop/prepare_training.h"
#include "training/loop/training_loop.h"
#include "training/stages/pretrain_stage.h"
#include "training/stages/stage_command.h"
#include "training/stages/vision_stage.h"

int main(int argc, char** argv) {
  std::filesystem::path model_config;
  std::filesystem::path tokenizer_file;
  std::string world = "small";
  dali::VisionConfig vision;
  dali::PretrainConfig pretrain;
  dali::LoopConfig loop{.epochs = 1, .batch_size = 32, .schedule = "cosine", .clip_norm = 1.0};

  dali::ConfigFields fields;
  fields.add_required("model_config", &model_config,
                      "config.json with the dimensions of the new model");
  fields.add_required("tokenizer", &tokenizer_file, "tokenizer.model of the new model");
  fields.add("world", &world, "whose scenes are shown: small, large or foreign");
  fields.add("vision_scenes", &vision.scenes, "scenes that the vision tower learns words of first");
  fields.add("vision_learning_rate", &vision.learning_rate, "Adam's, while it does");
  pretrain.declare(fields);
  loop.declare(fields);

  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-pretrain",
       .purpose =
           "Trains an image captioner on drawn scenes of the toy world and on text. Writes a "
           "complete model directory, whose audio tower is still as it was initialised."},
      fields, [&](const std::filesystem::path& out) {
        const auto chosen = dali::parse_world(world);
        if (!chosen) {
          throw std::invalid_argument("world: '" + world + "' is none of small, large, foreign");
        }
        vision.world = pretrain.world = *chosen;
        if (vision.scenes < 1) throw std::invalid_argument("vision_scenes must be at least 1");
        dali::validate(pretrain);  // before the vision tower has learnt for an hour
        const auto processes = dali::prepare_training(loop);
        const dali::Tokenizer tokenizer(tokenizer_file);
        auto trained = dali::new_model(model_config, tokenizer_file);
        vision.world_seed = pretrain.world_seed;
        vision.validation_scenes = pretrain.validation_scenes;
        dali::initialise_narrow_tower(trained.model->vision_tower);
        trained.model->to(processes->device());
        dali::VisionStage vision_stage(trained.model, tokenizer, vision);
        std::filesystem::create_directories(out / "vision");
        dali::train(vision_stage, loop, out / "vision", *processes);
        dali::PretrainStage stage(trained.model, tokenizer, pretrain);
        if (dali::train(stage, loop, out, *processes)) {
          dali::write_complete(out, trained);
        }
      });
}
