// SPDX-License-Identifier: LGPL-2.1-or-later
// Chooses the clips whose pictures show what their sound is labelled with.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "command/narration.h"
#include "media/clips/clip_list.h"
#include "media/clips/manifest.h"
#include "media/clips/picture_file.h"
#include "model/base/file_replacement.h"
#include "model/captioner/captioner.h"
#include "training/config/threads_key.h"
#include "training/data/clip_records.h"
#include "training/data/text_embedding.h"
#include "training/loop/process_group.h"
#include "training/stages/stage_command.h"

namespace {

struct ScoredClip {
  const dali::Clip* clip = nullptr;
  nlohmann::json record;  // what discrepancy.jsonl says of it
  double discrepancy = 0.0;
};

// What the clip is said to sound like: its classes, else its first audio caption.
std::string label_of(const dali::Clip& clip) {
  if (!clip.sounds.empty()) return fmt::format("{}", fmt::join(clip.sounds, ", "));
  if (!clip.audio_captions.empty()) return clip.audio_captions.front();
  throw std::runtime_error("has neither sounds nor an audio caption");
}

std::vector<std::string> captions_of_frames(const dali::Captioner& captioner,
                                            const dali::CaptionRequest& request,
                                            const dali::Clip& clip) {
  if (clip.frames.empty()) throw std::runtime_error("has no frames; dali-extract makes them");
  std::vector<std::string> captions;
  for (const auto& frame : clip.frames) {
    const dali::RgbImage picture = dali::read_picture(frame);
    const dali::Window window = {.audio = {}, .frame = picture.view()};
    captions.push_back(captioner.describe(window, request, {}).text);
  }
  return captions;
}

// Those of the clips that have a record, which holds their label and the captions of their frames,
// with their discrepancies.
std::vector<ScoredClip> score(const std::vector<dali::Clip>& clips,
                              std::vector<nlohmann::json> records, dali::TextEmbedding embedding) {
  std::vector<ScoredClip> scored;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    if (records[i].is_null()) continue;
    embedding.count(records[i].at("label").get<std::string>());
    for (const auto& caption : records[i].at("captions")) {
      embedding.count(caption.get<std::string>());
    }
    scored.push_back({.clip = &clips[i], .record = std::move(records[i])});
  }
  for (ScoredClip& each : scored) {
    const auto label = each.record.at("label").get<std::string>();
    const auto captions = each.record.at("captions").get<std::vector<std::string>>();
    for (const auto& caption : captions) each.discrepancy += embedding.distance(caption, label);
    each.discrepancy /= static_cast<double>(captions.size());
    each.record["discrepancy"] = each.discrepancy;
  }
  return scored;
}

// The `count` clips with the least discrepancy, in the order that they came in.
std::vector<dali::Clip> best_of(std::vector<ScoredClip> scored, std::size_t count) {
  std::ranges::stable_sort(scored, {}, &ScoredClip::discrepancy);
  scored.resize(std::min(scored.size(), count));
  std::ranges::sort(scored, {}, &ScoredClip::clip);
  std::vector<dali::Clip> best;
  for (const ScoredClip& each : scored) best.push_back(*each.clip);
  return best;
}

void write_scores(const std::filesystem::path& file, const std::vector<ScoredClip>& scored) {
  dali::FileReplacement scores(file);
  for (const ScoredClip& each : scored) scores.write(each.record.dump() + "\n");
  scores.commit();
}

}  // namespace

int main(int argc, char** argv) {
  std::filesystem::path model;
  std::filesystem::path manifest;
  std::string question;
  int max_clips = 0;
  int keep = 0;
  std::string device = "auto";
  int threads = 0;

  dali::ConfigFields fields;
  fields.add_required("model", &model, "model directory that captions the frames");
  fields.add_required("manifest", &manifest,
                      "extracted clips with frames, and sounds or audio captions");
  fields.add(
      "question", &question,
      "what is asked of every frame, best what can be seen; empty: the model's own question");
  fields.add("max_clips", &max_clips, "look at the first so many clips; 0: all");
  fields.add_required("keep", &keep,
                      "so many clips with the least discrepancy are kept, at least 1");
  fields.add("device", &device, dali::kDeviceHelp, dali::ConfigFields::OnResume::kMayChange);
  fields.add("threads", &threads, dali::kThreadsHelp, dali::ConfigFields::OnResume::kMayChange);

  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-filter",
       .purpose = "Keeps the clips whose pictures fit their sound: whose frames' captions lie "
                  "nearest, on average, to the label's text in the decoder's embedding space, "
                  "where rare words weigh most. Writes manifest.jsonl, and discrepancy.jsonl with "
                  "every score. Goes on where it was cut off; torchrun's processes share the "
                  "clips."},
      fields, [&](const std::filesystem::path& out) {
        if (keep < 1) throw std::invalid_argument("keep must be at least 1");
        dali::CaptionRequest request = {
            .modality = dali::Modality::kImage, .temperature = 0.0, .threads = threads};
        if (!question.empty()) request.question = question;
        const auto processes = dali::join_for_clip_records(device);
        const auto captioner = dali::Captioner::load(model, {.device = processes->device().str()});
        dali::narrate("model {}: {}", model.string(), captioner->description());
        const auto list = dali::read_clip_list(manifest, max_clips);
        const auto& clips = list.clips;
        if (processes->rank() == 0) print_remarks(list);
        const auto scores = out / "discrepancy.jsonl";
        auto records = dali::make_clip_records(
            scores, clips, "clips captioned", *processes, [&](const dali::Clip& clip) {
              return nlohmann::json{{"label", label_of(clip)},
                                    {"captions", captions_of_frames(*captioner, request, clip)}};
            });
        if (processes->rank() != 0) return;
        auto scored = score(clips, std::move(records), dali::TextEmbedding(model));
        write_scores(scores, scored);
        const std::size_t scored_count = scored.size();
        const auto best = best_of(std::move(scored), static_cast<std::size_t>(keep));
        dali::write_manifest(out / "manifest.jsonl", best);
        dali::copy_class_words(manifest, out);
        dali::remove_clip_records(scores);
        fmt::print(stderr, "{}: {} of the {} clips with a score, of {} listed\n",
                   (out / "manifest.jsonl").string(), best.size(), scored_count,
                   clips.size() + list.missing.size());
      });
}
