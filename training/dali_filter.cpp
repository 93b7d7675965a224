// Chooses the clips whose pictures show what their sound is labelled with.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/captioner/captioner.h"
#include "model/weights/file_replacement.h"
#include "training/command/progress_line.h"
#include "training/command/stage_command.h"
#include "training/data/clip_list.h"
#include "training/data/manifest.h"
#include "training/data/picture_file.h"
#include "training/data/text_embedding.h"

namespace {

struct ScoredClip {
  dali::Clip clip;
  std::size_t place = 0;  // in the manifest
  std::string label;
  std::vector<std::string> captions;  // one a frame
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

double mean_distance(const dali::TextEmbedding& embedding, const std::vector<std::string>& captions,
                     const std::string& label) {
  double sum = 0.0;
  for (const std::string& caption : captions) sum += embedding.distance(caption, label);
  return sum / static_cast<double>(captions.size());
}

// The clips with their labels and the captions of their frames. Those that cannot be captioned are
// named on standard error and left out.
std::vector<ScoredClip> caption_clips(const dali::Captioner& captioner,
                                      const dali::CaptionRequest& request,
                                      std::vector<dali::Clip> clips) {
  std::vector<ScoredClip> captioned;
  dali::ProgressLine progress("clips captioned", static_cast<int>(clips.size()));
  for (std::size_t place = 0; place < clips.size(); ++place) {
    progress.advance();
    dali::Clip& clip = clips[place];
    try {
      std::string label = label_of(clip);
      auto captions = captions_of_frames(captioner, request, clip);
      captioned.push_back({.clip = std::move(clip),
                           .place = place,
                           .label = std::move(label),
                           .captions = std::move(captions)});
    } catch (const std::exception& error) {
      fmt::print(stderr, "clip '{}' is skipped: {}\n", clip.id, error.what());
    }
  }
  progress.finish();
  return captioned;
}

// Sets the clips' discrepancies and writes them, a line a clip.
void score(std::vector<ScoredClip>& clips, dali::TextEmbedding embedding,
           const std::filesystem::path& scores_file) {
  for (const ScoredClip& clip : clips) {
    embedding.count(clip.label);
    for (const std::string& caption : clip.captions) embedding.count(caption);
  }
  dali::FileReplacement scores(scores_file);
  for (ScoredClip& clip : clips) {
    clip.discrepancy = mean_distance(embedding, clip.captions, clip.label);
    const nlohmann::json record = {{"id", clip.clip.id},
                                   {"discrepancy", clip.discrepancy},
                                   {"label", clip.label},
                                   {"captions", clip.captions}};
    scores.write(record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }
  scores.commit();
}

}  // namespace

int main(int argc, char** argv) {
  std::filesystem::path model;
  std::filesystem::path manifest;
  std::string question;
  int max_clips = 0;
  int keep = 0;

  dali::ConfigFields fields;
  fields.add("model", &model, "model directory that captions the frames");
  fields.add("manifest", &manifest, "extracted clips with frames, and sounds or audio captions");
  fields.add(
      "question", &question,
      "what is asked of every frame, best what can be seen; empty: the model's own question");
  fields.add("max_clips", &max_clips, "look at the first so many clips; 0: all");
  fields.add("keep", &keep, "so many clips with the least discrepancy are kept, at least 1");

  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-filter",
       .purpose = "Keeps the clips whose pictures fit their sound: whose frames' captions lie "
                  "nearest, on average, to the label's text in the decoder's embedding space, "
                  "where rare words weigh most. Writes manifest.jsonl, and discrepancy.jsonl with "
                  "every score."},
      fields, [&](const std::filesystem::path& out) {
        if (keep < 1) throw std::invalid_argument("keep must be at least 1");
        dali::CaptionRequest request = {.modality = dali::Modality::kImage, .temperature = 0.0};
        if (!question.empty()) request.question = question;
        const auto captioner = dali::Captioner::load(model, {});
        auto scored =
            caption_clips(*captioner, request, dali::read_clip_list(manifest, max_clips).clips);
        score(scored, dali::TextEmbedding(model), out / "discrepancy.jsonl");
        std::ranges::stable_sort(scored, {}, &ScoredClip::discrepancy);
        scored.resize(std::min(scored.size(), static_cast<std::size_t>(keep)));
        std::ranges::sort(scored, {}, &ScoredClip::place);
        std::vector<dali::Clip> kept;
        for (ScoredClip& clip : scored) kept.push_back(std::move(clip.clip));
        dali::write_manifest(out / "manifest.jsonl", kept);
      });
}
