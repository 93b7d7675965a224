// SPDX-License-Identifier: LGPL-2.1-or-later
// Stage 2, first half: captions from sound, image and prefix, or from image and prefix, to become
// the targets of sound alone.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "command/narration.h"
#include "media/clips/clip_list.h"
#include "model/base/file_replacement.h"
#include "model/base/modality.h"
#include "model/captioner/captioner.h"
#include "training/config/threads_key.h"
#include "training/data/captioning_keys.h"
#include "training/data/clip_records.h"
#include "training/data/clip_seed.h"
#include "training/data/clip_windows.h"
#include "training/loop/process_group.h"
#include "training/stages/stage_command.h"

int main(int argc, char** argv) {
  std::filesystem::path model_directory;
  std::filesystem::path manifest;
  std::string modality = "audiovisual";
  int max_clips = 0;
  double temperature = 0.2;
  int max_new_tokens = 128;
  std::uint64_t seed = 1;
  std::string device = "auto";
  int threads = 0;

  dali::ConfigFields fields;
  fields.add_required("model", &model_directory, "model directory, aligned and with a prefix");
  fields.add_required("manifest", &manifest, "extracted clips with sound and frames");
  fields.add("modality", &modality,
             "what is captioned: audiovisual, as the paper has it; image, before there is a tower "
             "that hears, for dali-distill trains=tower; or audio");
  fields.add("max_clips", &max_clips, "label the first so many clips; 0: all");
  fields.add("temperature", &temperature,
             "of sampling, at least 0; 0: the likeliest word each time");
  fields.add("max_new_tokens", &max_new_tokens, "most tokens of a label, at least 1");
  fields.add("seed", &seed,
             "of sampling, with the clip's id: neither the order nor the number of "
             "clips or processes changes a label");
  fields.add("device", &device, dali::kDeviceHelp, dali::ConfigFields::OnResume::kMayChange);
  fields.add("threads", &threads, dali::kThreadsHelp, dali::ConfigFields::OnResume::kMayChange);

  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-label",
       .purpose = "Captions every clip from sound, image and prefix, or from one of the first two; "
                  "writes labels.jsonl for dali-distill. Goes on where it was cut off; torchrun's "
                  "processes share the clips."},
      fields, [&](const std::filesystem::path& out) {
        const auto labelled_from = dali::modality_of_key("modality", modality);
        const auto processes = dali::join_for_clip_records(device);
        const auto captioner =
            dali::Captioner::load(model_directory, {.device = processes->device().str()});
        dali::narrate("model {}: {}", model_directory.string(), captioner->description());
        const dali::CaptionRequest request = {.modality = labelled_from,
                                              .max_new_tokens = max_new_tokens,
                                              .temperature = temperature,
                                              .threads = threads};
        const auto label_of = [&](const dali::Clip& clip) {
          const dali::ClipWindow window = dali::read_window(clip, labelled_from);
          dali::CaptionRequest of_clip = request;
          of_clip.seed = dali::seed_of_clip(seed, clip.id);
          return nlohmann::json{{"caption", captioner->describe(window.view(), of_clip, {}).text}};
        };
        const auto file = out / "labels.jsonl";
        const auto list = dali::read_clip_list(manifest, max_clips);
        if (processes->rank() == 0) print_remarks(list);
        const auto records =
            dali::make_clip_records(file, list.clips, "clips labelled", *processes, label_of);
        if (processes->rank() != 0) return;
        dali::FileReplacement labels(file);
        for (const auto& record : records) {
          if (!record.is_null()) labels.write(record.dump() + "\n");
        }
        labels.commit();
        dali::remove_clip_records(file);
      });
}
