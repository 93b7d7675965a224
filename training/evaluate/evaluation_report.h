// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "training/evaluate/reference_protocols.h"
#include "training/evaluate/references.h"
#include "training/evaluate/score_tables.h"
#include "training/evaluate/sound_accuracy.h"
#include "training/evaluate/token_means.h"

namespace dali {

// The toy world's classes, by whether they sound.
struct ToyWorldClasses {
  ClassWords sounding;
  ClassWords showing;

  // Those that any clip of `manifest` has: naming another is no mistake. None where no classes.json
  // lies beside it. Throws std::runtime_error naming a class that it lacks.
  static ToyWorldClasses of_manifest(const std::filesystem::path& manifest);
};

// What each figure means, for --help.
std::string help_of_metrics();

// How well models caption: tables for people, and the same figures as JSON.
class EvaluationReport {
 public:
  // `models`: those that will be added, whose names set the width of the tables. `references` is
  // borrowed. `bootstrap`: how intervals of what captions score are found.
  EvaluationReport(const References& references, ToyWorldClasses classes,
                   const std::vector<std::string>& models, const BootstrapOptions& bootstrap = {},
                   double off_screen_gain = kOffScreenGain);

  // What `model` said from `modality`. Returns its figures: an object for each group of the
  // toyworld_metrics(), one for each protocol of references with the caption_metrics(), and
  // "diversity" with the diversity_metrics().
  nlohmann::json add(const std::string& model, const std::string& modality,
                     const CaptionedClips& captioned);

  // How often the mean token of a clip's sound finds its picture's, and the other way. `clips`:
  // those that the means are of, whose ids stand beside the scores.
  nlohmann::json add_retrieval(const std::string& model, const TokenMeans& means,
                               std::span<const Clip> clips);

  // To standard output.
  void print() const;

 private:
  nlohmann::json add_toyworld(const std::string& what, const CaptionedClips& captioned);

  const References& references_;
  ToyWorldClasses classes_;
  BootstrapOptions bootstrap_;
  double off_screen_gain_;
  ScoreTables tables_;
  // Lines of the tables.
  std::string toyworld_;
  std::string retrieval_;
  std::size_t label_width_ = 0;
};

}  // namespace dali
