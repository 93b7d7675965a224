// Stage 2, first half: captions from sound, image and prefix, to become the targets of sound alone.

#include <filesystem>
#include <nlohmann/json.hpp>

#include "model/captioner/captioner.h"
#include "model/weights/file_replacement.h"
#include "training/command/stage_command.h"
#include "training/data/clip_windows.h"
#include "training/loop/training_loop.h"

int main(int argc, char** argv) {
  std::filesystem::path model_directory;
  std::filesystem::path manifest;
  int max_clips = 0;
  double temperature = 0.2;
  int max_new_tokens = 128;
  dali::LoopConfig loop;

  dali::ConfigFields fields;
  fields.add("model", &model_directory, "model directory, aligned and with a prefix");
  fields.add("manifest", &manifest, "extracted clips with sound and frames");
  fields.add("max_clips", &max_clips, "label the first so many clips; 0: all");
  fields.add("temperature", &temperature,
             "of sampling, at least 0; 0: the likeliest word each time");
  fields.add("max_new_tokens", &max_new_tokens, "most tokens of a label, at least 1");
  fields.add("seed", &loop.seed, "of sampling");

  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-label",
       .purpose = "Captions every clip from sound, image and prefix; writes labels.jsonl for "
                  "dali-distill."},
      fields, [&](const std::filesystem::path& out) {
        const auto captioner = dali::Captioner::load(model_directory, {});
        dali::FileReplacement labels(out / "labels.jsonl");
        dali::for_each_window(
            manifest, max_clips, "clips labelled",
            [&](const dali::Clip& clip, const dali::Window& window) {
              const auto caption = captioner->describe(window,
                                                       {.modality = dali::Modality::kAudiovisual,
                                                        .max_new_tokens = max_new_tokens,
                                                        .temperature = temperature,
                                                        .seed = loop.seed},
                                                       {});
              labels.write(nlohmann::json{{"id", clip.id}, {"caption", caption.text}}.dump() +
                           "\n");
            });
        labels.commit();
      });
}
