// SPDX-License-Identifier: LGPL-2.1-or-later
// Stage 2: teaches sound alone to say what sound, image and prefix together said, or image and
// prefix.

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "training/data/clip_set.h"
#include "training/data/labels.h"
#include "training/data/trained_model.h"
#include "training/loop/prepare_training.h"
#include "training/loop/training_loop.h"
#include "training/stages/distill_stage.h"
#include "training/stages/stage_command.h"

int main(int argc, char** argv) {
  std::filesystem::path model_directory;
  std::filesystem::path manifest;
  std::filesystem::path labels;
  std::filesystem::path validation_manifest;
  std::filesystem::path validation_labels;
  dali::ClipLoading loading;
  std::string audiovisual;
  dali::DistillConfig distill;
  dali::LoopConfig loop{.epochs = 1, .batch_size = 40, .schedule = "cosine"};

  dali::ConfigFields fields;
  fields.add_required("model", &model_directory, "model directory with the aligned captioner");
  fields.add_required("manifest", &manifest, "extracted clips with sound");
  fields.add_required("labels", &labels, "labels.jsonl that dali-label wrote for these clips");
  fields.add("validation_manifest", &validation_manifest,
             "clips that are not trained on, to measure the loss on; none: no validation");
  fields.add("validation_labels", &validation_labels, "labels.jsonl of the validation's clips");
  loading.declare(fields);
  distill.declare(fields);
  fields.add(
      "audiovisual", &audiovisual,
      "what the model that is written does with sound and picture together: original, "
      "tuned-audio or tuned-both, as dali-evaluate has it; empty: as the model's folder says, or "
      "tuned-audio with trains=tower, whose sound no other projector fits");
  loop.declare(fields);

  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-distill",
       .purpose =
           "Stage 2: fine-tunes a projector for sound alone on pseudo-labels, and the audio tower "
           "where that is wanted. Writes a model directory over the one it started from."},
      fields, [&](const std::filesystem::path& out) {
        if (audiovisual.empty() && distill.trains_tower()) audiovisual = "tuned-audio";
        const auto projection = dali::parse_audiovisual_projection(audiovisual);
        if (!projection && !audiovisual.empty()) {
          throw std::invalid_argument("audiovisual '" + audiovisual + "' is none of " +
                                      dali::kAudiovisualProjections);
        }
        const auto processes = dali::prepare_training(loop);
        auto trained = dali::load_trained_model(model_directory, [&](dali::ModelConfig& config) {
          config.has_audio_projector = true;
          if (projection) config.audiovisual = *projection;
        });
        trained.model->to(processes->device());
        const auto clips =
            dali::ClipSet::load(manifest, trained.model->config, loading, dali::ClipParts::kSound);
        const dali::Tokenizer tokenizer(trained.tokenizer);
        std::optional<dali::ClipSet> unseen_clips;
        std::optional<dali::LabelledClips> validation;
        if (!validation_manifest.empty()) {
          unseen_clips = dali::ClipSet::load(validation_manifest, trained.model->config, loading,
                                             dali::ClipParts::kSound);
          validation.emplace(*unseen_clips, dali::read_labels(validation_labels));
        }
        dali::DistillStage stage(trained.model, tokenizer, {clips, dali::read_labels(labels)},
                                 validation ? &*validation : nullptr, distill, loop.seed);
        if (dali::train(stage, loop, out, *processes)) {
          std::vector<std::string> parts = {"audio_projector."};
          if (distill.trains_tower()) parts.emplace_back("audio_tower.");
          dali::write_overlay(out, trained, parts);
        }
      });
}
