// How well models caption a manifest: against what people said, and, in the toy world, whether they
// name what sounds; and whether a clip's sound finds its picture.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/captioner/captioner.h"
#include "model/tensor/threads.h"
#include "training/command/comma_list.h"
#include "training/command/stage_command.h"
#include "training/command/threads_key.h"
#include "training/data/clip_list.h"
#include "training/data/clip_set.h"
#include "training/data/clip_windows.h"
#include "training/data/trained_model.h"
#include "training/evaluate/evaluation_report.h"
#include "training/evaluate/reference_protocols.h"
#include "training/evaluate/token_means.h"

namespace {

struct Options {
  std::string model;
  std::filesystem::path manifest;
  std::string modalities = "audio,audiovisual";
  std::filesystem::path references;
  bool finds_pictures = false;
  bool exports = false;
  int max_clips = 0;
  int threads = 0;
};

// "audio,audiovisual" -> both; throws std::invalid_argument naming what is no modality.
std::vector<dali::Modality> parse_modalities(const std::string& list) {
  std::vector<dali::Modality> modalities;
  for (const std::string& name : dali::parts_of(list)) {
    const auto modality = dali::parse_modality(name);
    if (!modality) {
      throw std::invalid_argument("modalities: '" + name +
                                  "' is none of auto, audio, image, audiovisual");
    }
    modalities.push_back(*modality);
  }
  return modalities;
}

// Captions every clip from one modality; a line a clip goes to `log`.
dali::CaptionedClips caption_clips(const Options& options, const dali::Captioner& captioner,
                                   const std::string& model, dali::Modality modality,
                                   std::ostream& log) {
  const std::string name(to_string(modality));
  dali::CaptionedClips captioned;
  dali::for_each_window(
      options.manifest, options.max_clips, ("clips captioned from " + name).c_str(),
      [&](const dali::Clip& clip, const dali::Window& window) {
        const auto caption =
            captioner.describe(window, {.modality = modality, .threads = options.threads}, {});
        captioned.clips.push_back(clip);
        captioned.captions.push_back(caption.text);
        log << nlohmann::json{{"id", clip.id},
                              {"model", model},
                              {"modality", name},
                              {"caption", caption.text},
                              {"mean_log_probability", caption.mean_log_probability},
                              {"sounds", clip.sounds}}
                   .dump()
            << '\n';
      });
  return captioned;
}

void evaluate(const Options& options, const std::filesystem::path& out) {
  dali::compute_with_threads(options.threads);
  const auto modalities = parse_modalities(options.modalities);
  const auto clips = dali::read_clip_list(options.manifest, options.max_clips).clips;
  const auto references = options.references.empty()
                              ? dali::References::of_clips(clips)
                              : dali::References::read_csv(options.references);
  const auto found = std::ranges::count_if(
      clips, [&](const dali::Clip& clip) { return !references.of(clip).empty(); });
  fmt::print(stderr, "{} of {} clips have references; the source has {} for {} clips\n", found,
             clips.size(), references.caption_count(), references.clip_count());

  const auto models = dali::parts_of(options.model);
  dali::EvaluationReport report(references, dali::ToyWorldClasses::of_manifest(options.manifest),
                                models);
  nlohmann::json scores;
  std::ofstream captions(out / "captions.jsonl");
  for (const std::string& model : models) {
    const auto captioner = dali::Captioner::load(model, {});
    for (const dali::Modality modality : modalities) {
      const std::string name(to_string(modality));
      const auto captioned = caption_clips(options, *captioner, model, modality, captions);
      scores[model][name] = report.add(model, name, captioned);
      if (options.exports) {
        // Models of one name may lie in different folders.
        std::string file = fmt::format("{}-{}.csv", model, name);
        file.erase(0, file.find_first_not_of('/'));
        std::ranges::replace(file, '/', '-');
        dali::write_csv(out / file, aac_metrics_table(captioned, references));
      }
    }
    if (options.finds_pictures) {
      auto trained = dali::load_trained_model(model);
      const auto set =
          dali::ClipSet::load(options.manifest, trained.model->config, options.max_clips);
      scores[model]["retrieval"] =
          report.add_retrieval(model, dali::token_means(trained.model, set));
    }
  }
  report.print();
  std::ofstream score_file(out / "scores.json");
  score_file << scores.dump(2) << '\n' << std::flush;
  captions.flush();
  if (!captions || !score_file) {
    throw std::runtime_error(out.string() + ": captions or scores cannot be written");
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  dali::ConfigFields fields;
  fields.add("model", &options.model, "model directories, separated by commas");
  fields.add("manifest", &options.manifest,
             "extracted clips; with classes.json beside, how often captions name what sounds, and "
             "what only shows");
  fields.add("modalities", &options.modalities,
             "what to caption from, separated by commas: audio, image, audiovisual");
  fields.add("references", &options.references,
             "AudioCaps or Clotho csv; empty: the manifest's audio captions");
  fields.add("retrieval", &options.finds_pictures,
             "true: how often a clip's mean sound token finds its picture's, and the other way");
  fields.add("export", &options.exports,
             "true: write a MODEL-MODALITY.csv each for aac-metrics, which adds METEOR and SPICE");
  fields.add("max_clips", &options.max_clips, "evaluate on the first so many clips; 0: all");
  fields.add("threads", &options.threads, dali::kThreadsHelp);

  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-evaluate",
       .purpose = "Captions every clip of a manifest with every model and scores the captions: "
                  "BLEU, ROUGE-L and CIDEr-D against references, with all of them and with "
                  "duplicates dropped. Writes captions.jsonl and scores.json."},
      fields, [&](const std::filesystem::path& out) { evaluate(options, out); });
}
