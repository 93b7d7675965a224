// How well models caption a manifest: against what people said, and, in the toy world, whether they
// name what sounds; and whether a clip's sound finds its picture.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "model/captioner/captioner.h"
#include "training/command/comma_list.h"
#include "training/command/stage_command.h"
#include "training/data/clip_list.h"
#include "training/data/clip_set.h"
#include "training/data/clip_windows.h"
#include "training/data/trained_model.h"
#include "training/evaluate/reference_protocols.h"
#include "training/evaluate/retrieval.h"
#include "training/evaluate/sound_accuracy.h"
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

std::vector<dali::Clip> read_clips(const Options& options) {
  auto clips = dali::read_clip_list(options.manifest).clips;
  if (options.max_clips > 0 && clips.size() > static_cast<std::size_t>(options.max_clips)) {
    clips.resize(static_cast<std::size_t>(options.max_clips));
  }
  return clips;
}

// The sounding classes that any clip of the manifest has: naming anything else is no mistake here.
// None where the clips are not of the toy world.
dali::ClassWords sounding_classes(const Options& options) {
  const auto file = options.manifest.parent_path() / "classes.json";
  if (!std::filesystem::exists(file)) return {};
  const auto all = dali::read_class_words(file);
  dali::ClassWords sounding;
  for (const dali::Clip& clip : dali::read_clip_list(options.manifest).clips) {
    for (const std::string& name : clip.sounds) {
      const auto found = all.find(name);
      if (found == all.end()) {
        throw std::runtime_error(options.manifest.string() + ": clip '" + clip.id +
                                 "' sounds of '" + name + "', which classes.json does not have");
      }
      sounding.insert(*found);
    }
  }
  return sounding;
}

nlohmann::json to_json(const dali::SoundAccuracy::Counts& counts) {
  return {
      {"clips", counts.clips}, {"right", counts.right_share()}, {"named", counts.named_share()}};
}

nlohmann::json to_json(const dali::RetrievalScores& scores) {
  return {{"recall_at_1", scores.recall_at_1},
          {"recall_at_5", scores.recall_at_5},
          {"recall_at_10", scores.recall_at_10},
          {"median_rank", scores.median_rank}};
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
        const auto caption = captioner.describe(window, {.modality = modality}, {});
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

// Prints tables and collects what scores.json holds.
class Report {
 public:
  // Lines are headed by one of `models` and what it was asked for.
  Report(const dali::References& references, const dali::ClassWords& classes,
         const std::vector<std::string>& models)
      : references_(references), classes_(classes) {
    constexpr std::string_view kLongestTask = ", sound to picture";
    for (const std::string& model : models) {
      label_width_ = std::max(label_width_, model.size() + kLongestTask.size());
    }
  }

  // `model` and `modality` head the lines.
  nlohmann::json add(const std::string& model, const std::string& modality,
                     const dali::CaptionedClips& captioned) {
    nlohmann::json scores;
    if (!classes_.empty()) scores = add_sounds(model + ", " + modality, captioned);
    for (const auto& protocol : score_by_protocol(captioned, references_)) {
      const auto& figures = protocol.scores;
      captions_ +=
          fmt::format("{:<{}} {:<19} {:>6} {:>7.4f} {:>7.4f} {:>7.4f} {:>7.4f} {:>8.4f} {:>8.4f}\n",
                      model + ", " + modality, label_width_, protocol.protocol,
                      protocol.clip_ids.size(), figures.bleu[0], figures.bleu[1], figures.bleu[2],
                      figures.bleu[3], figures.rouge_l, figures.cider_d);
      scores[protocol.protocol] = to_json(protocol);
    }
    return scores;
  }

  nlohmann::json add_retrieval(const std::string& model, const dali::TokenMeans& means) {
    nlohmann::json scores;
    const auto add_way = [&](const std::string& way, const dali::RetrievalScores& found) {
      retrieval_ += fmt::format("{:<{}} {:>7.4f} {:>7.4f} {:>7.4f} {:>9.1f}\n", model + ", " + way,
                                label_width_, found.recall_at_1, found.recall_at_5,
                                found.recall_at_10, found.median_rank);
      scores[way] = to_json(found);
    };
    add_way("sound to picture", dali::retrieval_scores(means.audio, means.image));
    add_way("picture to sound", dali::retrieval_scores(means.image, means.audio));
    return scores;
  }

  void print() const {
    print_table(fmt::format("{:<{}} {:>14} {:>14} {:>14} {:>14}\n", "", label_width_,
                            "single: right", "named", "several: right", "named"),
                sounds_);
    print_table(fmt::format("{:<{}} {:<19} {:>6} {:>7} {:>7} {:>7} {:>7} {:>8} {:>8}\n", "",
                            label_width_, "references", "clips", "BLEU-1", "BLEU-2", "BLEU-3",
                            "BLEU-4", "ROUGE-L", "CIDEr-D"),
                captions_);
    print_table(fmt::format("{:<{}} {:>7} {:>7} {:>7} {:>9}\n", "", label_width_, "R@1", "R@5",
                            "R@10", "median"),
                retrieval_);
  }

 private:
  nlohmann::json add_sounds(const std::string& what, const dali::CaptionedClips& captioned) {
    dali::SoundAccuracy accuracy;
    for (std::size_t i = 0; i < captioned.clips.size(); ++i) {
      const auto& sounds = captioned.clips[i].sounds;
      accuracy.add(dali::named_classes(captioned.captions[i], classes_),
                   {sounds.begin(), sounds.end()});
    }
    sounds_ += fmt::format("{:<{}} {:>14.3f} {:>14.3f} {:>14.3f} {:>14.3f}\n", what, label_width_,
                           accuracy.single().right_share(), accuracy.single().named_share(),
                           accuracy.several().right_share(), accuracy.several().named_share());
    return {{"single", to_json(accuracy.single())}, {"several", to_json(accuracy.several())}};
  }

  static void print_table(const std::string& head, const std::string& lines) {
    if (!lines.empty()) fmt::print("{}{}\n", head, lines);
  }

  const dali::References& references_;
  const dali::ClassWords& classes_;
  std::string sounds_;
  std::string captions_;
  std::string retrieval_;
  std::size_t label_width_ = 0;
};

void evaluate(const Options& options, const std::filesystem::path& out) {
  const auto modalities = parse_modalities(options.modalities);
  const auto clips = read_clips(options);
  const auto references = options.references.empty()
                              ? dali::References::of_clips(clips)
                              : dali::References::read_csv(options.references);
  const auto found = std::ranges::count_if(
      clips, [&](const dali::Clip& clip) { return !references.of(clip).empty(); });
  fmt::print(stderr, "{} of {} clips have references; the source has {} for {} clips\n", found,
             clips.size(), references.caption_count(), references.clip_count());

  const auto classes = sounding_classes(options);
  const auto models = dali::parts_of(options.model);
  Report report(references, classes, models);
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
             "extracted clips; with classes.json beside, how often captions name what sounds");
  fields.add("modalities", &options.modalities,
             "what to caption from, separated by commas: audio, image, audiovisual");
  fields.add("references", &options.references,
             "AudioCaps or Clotho csv; empty: the manifest's audio captions");
  fields.add("retrieval", &options.finds_pictures,
             "true: how often a clip's mean sound token finds its picture's, and the other way");
  fields.add("export", &options.exports,
             "true: write a MODEL-MODALITY.csv each for aac-metrics, which adds METEOR and SPICE");
  fields.add("max_clips", &options.max_clips, "evaluate on the first so many clips; 0: all");

  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-evaluate",
       .purpose = "Captions every clip of a manifest with every model and scores the captions: "
                  "BLEU, ROUGE-L and CIDEr-D against references, with all of them and with "
                  "duplicates dropped. Writes captions.jsonl and scores.json."},
      fields, [&](const std::filesystem::path& out) { evaluate(options, out); });
}
