// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/evaluation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "media/clips/clip_list.h"
#include "training/evaluate/retrieval.h"

namespace dali {
namespace {

using nlohmann::json;

json to_json(const SoundAccuracy::Counts& counts) {
  return {
      {"clips", counts.clips}, {"right", counts.right_share()}, {"named", counts.named_share()}};
}

json to_json(const ImageBias& bias) {
  return {{"clips", bias.captions},
          {"naming", bias.naming_share()},
          {"inventing", bias.inventing_share()}};
}

json to_json(const RetrievalScores& scores) {
  return {{"recall_at_1", scores.recall_at_1},
          {"recall_at_5", scores.recall_at_5},
          {"recall_at_10", scores.recall_at_10},
          {"median_rank", scores.median_rank}};
}

void print_table(const std::string& head, const std::string& lines) {
  if (!lines.empty()) fmt::print("{}{}\n", head, lines);
}

}  // namespace

ToyWorldClasses ToyWorldClasses::of_manifest(const std::filesystem::path& manifest) {
  const auto file = class_words_of(manifest);
  if (!std::filesystem::exists(file)) return {};
  const auto all = read_class_words(file);
  ToyWorldClasses classes;
  for (const Clip& clip : read_clip_list(manifest).clips) {
    const auto add = [&](const std::vector<std::string>& names, ClassWords& to) {
      for (const std::string& name : names) {
        const auto found = all.find(name);
        if (found == all.end()) {
          throw std::runtime_error(manifest.string() + ": clip '" + clip.id + "' has '" + name +
                                   "', which classes.json does not know");
        }
        to.insert(*found);
      }
    };
    add(clip.sounds, classes.sounding);
    add(clip.shows, classes.showing);
  }
  return classes;
}

EvaluationReport::EvaluationReport(const References& references, ToyWorldClasses classes,
                                   const std::vector<std::string>& models)
    : references_(references), classes_(std::move(classes)) {
  constexpr std::string_view kLongestTask = ", sound to picture";
  for (const std::string& model : models) {
    label_width_ = std::max(label_width_, model.size() + kLongestTask.size());
  }
}

json EvaluationReport::add(const std::string& model, const std::string& modality,
                           const CaptionedClips& captioned) {
  json scores;
  if (!classes_.sounding.empty()) scores = add_toyworld(model + ", " + modality, captioned);
  for (const auto& protocol : score_by_protocol(captioned, references_)) {
    const auto& figures = protocol.scores;
    captions_ +=
        fmt::format("{:<{}} {:<19} {:>6} {:>7.4f} {:>7.4f} {:>7.4f} {:>7.4f} {:>8.4f} {:>8.4f}\n",
                    model + ", " + modality, label_width_, protocol.protocol,
                    protocol.clip_ids.size(), figures.bleu[0], figures.bleu[1], figures.bleu[2],
                    figures.bleu[3], figures.rouge_l, figures.cider_d);
    scores[protocol.protocol] = dali::to_json(protocol);
  }
  return scores;
}

json EvaluationReport::add_retrieval(const std::string& model, const TokenMeans& means,
                                     std::span<const Clip> clips) {
  json scores;
  for (const Clip& clip : clips) scores["ids"].push_back(clip.id);
  const auto add_way = [&](const std::string& way, const RetrievalScores& found) {
    retrieval_ += fmt::format("{:<{}} {:>7.4f} {:>7.4f} {:>7.4f} {:>9.1f}\n", model + ", " + way,
                              label_width_, found.recall_at_1, found.recall_at_5,
                              found.recall_at_10, found.median_rank);
    scores[way] = to_json(found);
  };
  add_way("sound to picture", retrieval_scores(means.audio, means.image));
  add_way("picture to sound", retrieval_scores(means.image, means.audio));
  return scores;
}

json EvaluationReport::add_toyworld(const std::string& what, const CaptionedClips& captioned) {
  SoundAccuracy sounds;
  ImageBias bias;
  for (std::size_t i = 0; i < captioned.clips.size(); ++i) {
    const Clip& clip = captioned.clips[i];
    const std::string& caption = captioned.captions[i];
    sounds.add(named_classes(caption, classes_.sounding), {clip.sounds.begin(), clip.sounds.end()},
               clip.unseen.empty());
    bias.add(named_classes(caption, classes_.showing), {clip.shows.begin(), clip.shows.end()});
  }
  toyworld_ += fmt::format("{:<{}}", what, label_width_);
  for (const auto* counts : {&sounds.single(), &sounds.several(), &sounds.unseen()}) {
    toyworld_ += counts->clips == 0 ? fmt::format(" {:>8} {:>7}", "-", "-")
                                    : fmt::format(" {:>8.3f} {:>7.3f}", counts->right_share(),
                                                  counts->named_share());
  }
  toyworld_ += fmt::format(" {:>8.3f} {:>9.3f}\n", bias.naming_share(), bias.inventing_share());
  return {{"single", to_json(sounds.single())},
          {"several", to_json(sounds.several())},
          {"unseen", to_json(sounds.unseen())},
          {"image_bias", to_json(bias)}};
}

void EvaluationReport::print() const {
  print_table(fmt::format("{:<{}} {:<16} {:<16} {:<16} {:<18}\n"
                          "{:<{}} {:>8} {:>7} {:>8} {:>7} {:>8} {:>7} {:>8} {:>9}\n",
                          "", label_width_, "  one sound", "  several", "  one, unseen",
                          "  things that only show", "", label_width_, "right", "named", "right",
                          "named", "right", "named", "named", "invented"),
              toyworld_);
  print_table(fmt::format("{:<{}} {:<19} {:>6} {:>7} {:>7} {:>7} {:>7} {:>8} {:>8}\n", "",
                          label_width_, "references", "clips", "BLEU-1", "BLEU-2", "BLEU-3",
                          "BLEU-4", "ROUGE-L", "CIDEr-D"),
              captions_);
  print_table(fmt::format("{:<{}} {:>7} {:>7} {:>7} {:>9}\n", "", label_width_, "R@1", "R@5",
                          "R@10", "median"),
              retrieval_);
}

}  // namespace dali
