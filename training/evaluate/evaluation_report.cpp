// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/evaluation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "media/clips/clip_list.h"
#include "training/evaluate/caption_diversity.h"
#include "training/evaluate/caption_metrics.h"
#include "training/evaluate/external_scores.h"
#include "training/evaluate/retrieval.h"
#include "training/evaluate/toyworld_metrics.h"

namespace dali {
namespace {

using nlohmann::json;

// The first of a group stands apart from the group before.
std::size_t width_of(const ToyWorldMetrics& group, const ToyWorldMetric& metric) {
  return width_of(metric.about) + (&metric == group.metrics.data() ? 1 : 0);
}

std::string help_line(const Metric& metric) {
  std::string line = fmt::format("      {}: {}", metric.key, metric.meaning);
  if (metric.better != Better::kNeither) {
    line += metric.better == Better::kHigher ? "; higher is better" : "; lower is better";
  }
  return line + '\n';
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
                                   const std::vector<std::string>& models,
                                   const BootstrapOptions& bootstrap, double off_screen_gain)
    : references_(references),
      classes_(std::move(classes)),
      bootstrap_(bootstrap),
      off_screen_gain_(off_screen_gain) {
  constexpr std::string_view kLongestTask = ", sound to picture";
  for (const std::string& model : models) {
    label_width_ = std::max(label_width_, model.size() + kLongestTask.size());
  }
}

json EvaluationReport::add(const std::string& model, const std::string& modality,
                           const CaptionedClips& captioned) {
  json scores;
  if (!classes_.sounding.empty()) scores = add_toyworld(model + ", " + modality, captioned);
  for (const auto& protocol : score_by_protocol(captioned, references_, bootstrap_)) {
    scores[protocol.protocol] = to_json(protocol);
  }
  json& diversity = scores["diversity"];
  diversity = diversity_scores(captioned.captions);
  diversity["clips"] = captioned.captions.size();
  tables_.add(model + ", " + modality, scores);
  return scores;
}

json EvaluationReport::add_retrieval(const std::string& model, const TokenMeans& means,
                                     std::span<const Clip> clips) {
  json scores;
  for (const Clip& clip : clips) scores["ids"].push_back(clip.id);
  const auto add_way = [&](const std::string& way, const Scores& found) {
    retrieval_ += fmt::format("{:<{}}", model + ", " + way, label_width_);
    for (const RetrievalMetric& metric : retrieval_metrics()) {
      retrieval_ += cell(metric.about, found.at(metric.about.key));
    }
    retrieval_ += '\n';
    scores[way] = found;
  };
  add_way("sound to picture", retrieval_scores(means.audio, means.image));
  add_way("picture to sound", retrieval_scores(means.image, means.audio));
  return scores;
}

json EvaluationReport::add_toyworld(const std::string& what, const CaptionedClips& captioned) {
  ToyWorldCounts counts;
  counts.off_screen = OffScreenScores(off_screen_gain_);
  ClassWords all_classes = classes_.sounding;
  all_classes.insert(classes_.showing.begin(), classes_.showing.end());
  for (std::size_t i = 0; i < captioned.clips.size(); ++i) {
    const Clip& clip = captioned.clips[i];
    const std::string& caption = captioned.captions[i];
    counts.sounds.add(named_classes(caption, classes_.sounding),
                      {clip.sounds.begin(), clip.sounds.end()}, clip.unseen.empty());
    counts.bias.add(named_classes(caption, classes_.showing),
                    {clip.shows.begin(), clip.shows.end()});
    if (!captioned.weighed_words.empty()) {
      counts.off_screen.add(captioned.weighed_words[i], clip, all_classes);
    }
  }
  json scores;
  toyworld_ += fmt::format("{:<{}}", what, label_width_);
  for (const ToyWorldMetrics& group : toyworld_metrics()) {
    const int clips = group.clips(counts);
    json& of_group = scores[group.key];
    of_group["clips"] = clips;
    for (const ToyWorldMetric& metric : group.metrics) {
      const double figure = metric.of(counts);
      const auto width = width_of(group, metric);
      toyworld_ += clips == 0 ? fmt::format(" {:>{}}", "-", width)
                              : fmt::format(" {:>{}.{}f}", figure, width, metric.about.decimals);
      of_group[metric.about.key] = figure;
    }
  }
  toyworld_ += '\n';
  return scores;
}

void EvaluationReport::print() const {
  std::string groups = fmt::format("{:<{}}", "", label_width_);
  std::string toyworld = groups;
  for (const ToyWorldMetrics& group : toyworld_metrics()) {
    std::string titles;
    for (const ToyWorldMetric& metric : group.metrics) {
      titles += fmt::format(" {:>{}}", metric.about.title, width_of(group, metric));
    }
    groups += fmt::format("   {:<{}}", group.title, titles.size() - 3);
    toyworld += titles;
  }
  print_table(groups + '\n' + toyworld + '\n', toyworld_);

  fmt::print("{}", tables_.text(label_width_));

  std::string retrieval = fmt::format("{:<{}}", "", label_width_);
  for (const RetrievalMetric& metric : retrieval_metrics()) retrieval += title_cell(metric.about);
  print_table(retrieval + '\n', retrieval_);
}

std::string help_of_metrics() {
  std::string text = "Figures in scores.json:\n  against references\n";
  for (const CaptionMetric& metric : caption_metrics()) text += help_line(metric.about);
  text += "  of exported tables, by aac-metrics\n";
  for (const Metric& metric : external_metrics()) text += help_line(metric);
  text += "  diversity\n";
  for (const DiversityMetric& metric : diversity_metrics()) text += help_line(metric.about);
  for (const ToyWorldMetrics& group : toyworld_metrics()) {
    text += fmt::format("  {}\n", group.key);
    for (const ToyWorldMetric& metric : group.metrics) text += help_line(metric.about);
  }
  text += "  retrieval\n";
  for (const RetrievalMetric& metric : retrieval_metrics()) text += help_line(metric.about);
  return text;
}

}  // namespace dali
