// SPDX-License-Identifier: LGPL-2.1-or-later
// Stage 1a: tunes the prefix that turns what the captioner sees into what it would hear.

#include <filesystem>

#include "training/data/clip_set.h"
#include "training/data/token_cache.h"
#include "training/data/trained_model.h"
#include "training/evaluate/references.h"
#include "training/loop/prepare_training.h"
#include "training/loop/training_loop.h"
#include "training/stages/prefix_stage.h"
#include "training/stages/stage_command.h"

int main(int argc, char** argv) {
  std::filesystem::path model_directory;
  std::filesystem::path manifest;
  std::filesystem::path captions;
  dali::ClipLoading loading;
  dali::TokenCacheConfig kept_tokens;
  dali::PrefixConfig prefix;
  dali::LoopConfig loop{
      .epochs = 500, .batch_size = 16, .schedule = "cosine", .validate_every = 25};

  dali::ConfigFields fields;
  fields.add_required("model", &model_directory, "model directory with the captioner");
  fields.add_required("manifest", &manifest, "extracted clips with frames and audio captions");
  fields.add("captions", &captions,
             "AudioCaps or Clotho csv with the clips' audio captions; "
             "empty: the manifest's");
  loading.declare(fields);
  kept_tokens.declare(fields);
  prefix.declare(fields);
  loop.declare(fields);

  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-tune-prefix",
       .purpose = "Stage 1a: tunes prefix tokens on a few (picture, audio caption) pairs. Writes a "
                  "model directory over the one it started from."},
      fields, [&](const std::filesystem::path& out) {
        dali::validate(prefix);  // before a model is made for it
        const auto processes = dali::prepare_training(loop);
        auto cache = dali::TokenCache::open(kept_tokens);
        auto trained = dali::load_trained_model(model_directory, [&](dali::ModelConfig& config) {
          config.prefix_tokens = prefix.prefix_tokens;
          // Of a model that never uses its prefix, none could be learned.
          if (config.prefix_use == dali::PrefixUse::kNever) {
            config.prefix_use = dali::PrefixUse::kAuto;
          }
        });
        trained.model->to(processes->device());
        const auto clips =
            dali::ClipSet::load(manifest, trained.model->config, loading, dali::ClipParts::kFrames);
        const dali::Tokenizer tokenizer(trained.tokenizer);
        const auto sayings = captions.empty() ? dali::References::of_clips(clips.clips())
                                              : dali::References::read_csv(captions);
        dali::PrefixStage stage(trained.model, tokenizer, clips, sayings, prefix, loop.seed,
                                cache ? &*cache : nullptr);
        if (dali::train(stage, loop, out, *processes)) {
          dali::write_overlay(out, trained, {"prefix"});
        }
      });
}
