// SPDX-License-Identifier: LGPL-2.1-or-later
// How well models caption a manifest: against what people said, and, in the toy world, whether they
// name what sounds; and whether a clip's sound finds its picture.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "command/comma_list.h"
#include "command/narration.h"
#include "media/clips/clip_list.h"
#include "model/base/file_replacement.h"
#include "model/tensor/threads.h"
#include "training/data/captioning_keys.h"
#include "training/data/clip_set.h"
#include "training/data/clip_windows.h"
#include "training/data/trained_model.h"
#include "training/evaluate/clip_captioner.h"
#include "training/evaluate/evaluation_report.h"
#include "training/evaluate/event_lists.h"
#include "training/evaluate/event_report.h"
#include "training/evaluate/external_scores.h"
#include "training/evaluate/reference_protocols.h"
#include "training/evaluate/token_means.h"
#include "training/stages/stage_command.h"

namespace {

using nlohmann::json;

struct Options {
  std::string model;
  std::filesystem::path manifest;
  std::string modalities = "audio,audiovisual";
  std::string image_tokens = "all";
  std::filesystem::path references;
  bool finds_pictures = false;
  bool exports = false;
  std::filesystem::path scores;
  std::filesystem::path events;
  dali::ReadingLimits reading;
  double off_screen_gain = dali::kOffScreenGain;
  int bootstrap = 1000;
  std::uint64_t seed = 1;
  int max_clips = 0;
  dali::CaptioningKeys captioning;
};

// "audio,audiovisual" -> both; throws std::invalid_argument naming what is no modality.
std::vector<dali::Modality> parse_modalities(const std::string& list) {
  std::vector<dali::Modality> modalities;
  for (const std::string& name : dali::parts_of(list)) {
    modalities.push_back(dali::modality_of_key("modalities", name));
  }
  return modalities;
}

// Puts what others' tools have computed of exported tables beside what was computed here.
void read_back(const Options& options, const std::filesystem::path& out) {
  std::ifstream stream(options.scores);
  if (!stream) throw std::runtime_error(options.scores.string() + ": cannot be opened");
  json scores;
  dali::MergedScores merged;
  try {
    scores = json::parse(stream);
    merged = dali::add_external_scores(scores, options.scores.parent_path());
  } catch (const json::exception& error) {
    throw std::runtime_error(options.scores.string() + ": " + error.what());
  }
  if (merged.scored == 0) {
    throw std::runtime_error(fmt::format(
        "{}: none of the {} tables that were exported has a .yaml or .json with its scores beside "
        "it; aac-metrics-eval --corpus_out writes it",
        options.scores.string(), merged.tables));
  }
  dali::ScoreTables tables;
  std::size_t label_width = 0;
  for (const auto& [model, of_model] : scores.items()) {
    for (const auto& [modality, of_modality] : of_model.items()) {
      const std::string what = model + ", " + modality;
      label_width = std::max(label_width, what.size());
      tables.add(what, of_modality);
    }
  }
  fmt::print("{}", tables.text(label_width));
  fmt::print(stderr, "{} of {} exported tables have scores of others beside them\n", merged.scored,
             merged.tables);
  dali::replace_file(out / "scores.json", scores.dump(2) + "\n");
}

// Events that were told against those that there were.
void score_events(const Options& options, const std::filesystem::path& out) {
  const dali::EventList reference = dali::read_event_table(options.references);
  const bool has_records = std::filesystem::is_directory(options.events);
  const dali::EventList estimated = has_records ? dali::read_event_records(options.events)
                                                : dali::read_event_table(options.events);
  const auto captions = has_records
                            ? dali::read_shown_captions(options.events, estimated.recordings)
                            : std::vector<dali::ShownCaption>();
  const dali::EventReport report =
      dali::event_report(reference, estimated, captions, options.reading);
  for (const auto& [list, other, name] :
       {std::tuple(&reference, &estimated, &options.events),
        std::tuple(&estimated, &reference, &options.references)}) {
    const auto missing = std::ranges::count_if(list->recordings, [&](const auto& recording) {
      return !other->recordings.contains(recording.first);
    });
    if (missing > 0) {
      fmt::print(stderr, "{} recordings are left out, as {} has none of that name\n", missing,
                 name->string());
    }
  }
  fmt::print("{}", to_text(report));
  dali::replace_file(out / "scores.json", to_json(report).dump(2) + "\n");
}

void evaluate(const Options& options, const std::filesystem::path& out) {
  dali::compute_with_threads(options.captioning.threads);
  const auto models = dali::parts_of(options.model);
  options.captioning.check(models);
  const auto modalities = parse_modalities(options.modalities);
  const auto shown = dali::parse_shown_tokens(options.image_tokens);
  check_shown_tokens(shown, modalities, models);
  const auto list =
      dali::read_clip_list(options.manifest, options.max_clips, dali::ClipParts::kAny);
  const auto& clips = list.clips;
  print_remarks(list);
  const bool has_windows = std::ranges::any_of(clips, [&](const dali::Clip& clip) {
    return std::ranges::any_of(modalities, [&](auto modality) {
      return has_window(clip, needed_of_clip(modality, shown));
    });
  });
  if (!has_windows) {
    throw std::runtime_error(fmt::format("{}: none of {} clips has what {} looks at",
                                         options.manifest.string(),
                                         clips.size() + list.missing.size(), options.modalities));
  }
  const auto references = options.references.empty()
                              ? dali::References::of_clips(clips)
                              : dali::References::read_csv(options.references);
  const auto found = std::ranges::count_if(
      clips, [&](const dali::Clip& clip) { return !references.of(clip).empty(); });
  fmt::print(stderr, "{} of {} clips have references; the source has {} for {} clips\n", found,
             clips.size(), references.caption_count(), references.clip_count());
  if (references.empty_count() > 0) {
    fmt::print(stderr, "{} references are left out, as they are empty\n", references.empty_count());
  }

  dali::EvaluationReport report(references, dali::ToyWorldClasses::of_manifest(options.manifest),
                                models, {.samples = options.bootstrap, .seed = options.seed},
                                options.off_screen_gain);
  json scores;
  std::string summary;
  std::vector<std::string> failures;
  std::ostringstream captions;
  for (const std::string& model : models) {
    if (options.finds_pictures) {
      auto trained = dali::load_trained_model(model);
      const auto set =
          dali::ClipSet::load(options.manifest, trained.model->config, options.max_clips);
      scores[model]["retrieval"] =
          report.add_retrieval(model, dali::token_means(trained.model, set), set.clips());
    }
    dali::ClipCaptioner captioner(model, options.captioning, shown);
    dali::narrate("model {}: {}", model, captioner.description());
    for (const dali::Modality modality : modalities) {
      const std::string name(to_string(modality));
      const dali::CaptioningOutcome outcome = captioner.caption(list, modality, captions);
      const auto& captioned = outcome.captioned;
      const auto share = outcome.mean_shown_share();
      summary += fmt::format(
          "{} of {} clips captioned from {} by {}{}\n", captioned.clips.size(), outcome.listed,
          name, model,
          share ? fmt::format(", shown {:.1f} % of a picture's tokens", 100 * *share) : "");
      if (captioned.clips.empty()) {
        if (outcome.has_tried)
          failures.push_back(fmt::format("none can be captioned from {}", name));
        continue;
      }
      scores[model][name] = report.add(model, name, captioned);
      scores[model][name]["clips"] = to_json(outcome);
      if (share) scores[model][name]["image_tokens"]["mean_share"] = *share;
      if (options.exports) {
        // Models of one name may lie in different folders.
        std::string file = fmt::format("{}-{}", model, name);
        file.erase(0, file.find_first_not_of("./"));
        std::ranges::replace(file, '/', '-');
        for (const auto& table : export_by_protocol(captioned, references, out, file)) {
          scores[model][name][table.protocol]["exported"] = table.file;
        }
      }
    }
  }
  report.print();
  std::fputs(summary.c_str(), stderr);
  dali::replace_file(out / "captions.jsonl", captions.str());
  dali::replace_file(out / "scores.json", scores.dump(2) + "\n");
  // After what could be scored is written.
  if (!failures.empty()) {
    throw std::runtime_error(
        fmt::format("{}: of the clips {}", options.manifest.string(), fmt::join(failures, ", ")));
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  dali::ConfigFields fields;
  fields.add_required("model", &options.model, "model directories, separated by commas",
                      "scores,events");
  fields.add_required(
      "manifest", &options.manifest,
      "extracted clips; with classes.json beside, how often captions name what sounds, and "
      "what only shows",
      "scores,events");
  fields.add("modalities", &options.modalities,
             "what to caption from, separated by commas: audio, image, audiovisual");
  fields.add("image_tokens", &options.image_tokens,
             "which tokens of a clip's picture are captioned: all, or above-floor: those that the "
             "scorers of a model that dali-align wrote with loss=attentive-ot weigh at least a "
             "hundredth more than the uniform half; they look at the clip's sound, too");
  fields.add("references", &options.references,
             "AudioCaps or Clotho csv; empty: the manifest's audio captions");
  fields.add("retrieval", &options.finds_pictures,
             "true: how often a clip's mean sound token finds its picture's, and the other way");
  fields.add("export", &options.exports,
             "true: write a table for each model, modality and choice of references that "
             "aac-metrics reads, for METEOR, SPIDEr and FENSE");
  fields.add("scores", &options.scores,
             "scores.json of an earlier evaluation with exported tables: instead of captioning, "
             "print it with what aac-metrics has written beside the tables");
  fields.add("events", &options.events,
             "events that were told, against the table of events that references= names "
             "(filename, onset, offset, event_label, as DCASE has it): a table alike, or a folder "
             "of what dali-caption --events --records wrote, NAME.jsonl for each file, and with "
             "--format json the captions, NAME.json; nothing is captioned");
  fields.add("refresh", &options.reading.refresh_s,
             "with events: how many seconds have to lie between two captions that say that the "
             "same thing sounds");
  fields.add("reading_speed", &options.reading.characters_a_second,
             "with events: the most characters of a caption that can be read in a second");
  fields.add("off_screen_gain", &options.off_screen_gain,
             "from which on, of clips that say what is heard and not seen, something named from "
             "sound and picture is taken for that: how much likelier the sound makes its name");
  fields.add("bootstrap", &options.bootstrap,
             "samples that the 95 % intervals of scores come from; 0: no intervals");
  fields.add("seed", &options.seed, "of these samples; that of captions is sampling_seed");
  fields.add("max_clips", &options.max_clips, "evaluate on the first so many clips; 0: all");
  options.captioning.declare(fields);

  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-evaluate",
       .purpose = "Captions every clip of a manifest with every model and scores the captions "
                  "against references, with all of them and with duplicates dropped. Writes "
                  "captions.jsonl and scores.json.",
       .notes = dali::help_of_metrics()},
      fields, [&](const std::filesystem::path& out) {
        if (options.bootstrap < 0) throw std::invalid_argument("bootstrap must not be negative");
        if (!options.scores.empty() && !(options.model.empty() && options.manifest.empty())) {
          throw std::invalid_argument(
              "scores goes without model and manifest: nothing is captioned");
        }
        if (!options.events.empty()) {
          const bool is_alone =
              options.model.empty() && options.manifest.empty() && options.scores.empty();
          if (!is_alone || options.references.empty()) {
            throw std::invalid_argument("events goes with references alone: nothing is captioned");
          }
          return score_events(options, out);
        }
        options.scores.empty() ? evaluate(options, out) : read_back(options, out);
      });
}
