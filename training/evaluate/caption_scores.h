// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "training/evaluate/bootstrap.h"
#include "training/evaluate/metric.h"

namespace dali {

// A caption and what people said of the same thing, as caption_words() gives them. At least one
// reference.
struct CaptionPair {
  std::vector<std::string> candidate;
  std::vector<std::vector<std::string>> references;
};

// Takes both from sentences.
CaptionPair caption_pair(const std::string& candidate, const std::vector<std::string>& references);

struct CorpusScores {
  Scores corpus;
  std::map<std::string, Interval> intervals;  // of the corpus, by the metrics' keys
  std::vector<Scores> items;                  // [items]
};

// By every one of the caption_metrics(), as the field's tools compute them, in double precision.
// Without samples there are no intervals. Throws std::invalid_argument when there are no items, or
// one has no references.
CorpusScores score_captions(std::span<const CaptionPair> items,
                            const BootstrapOptions& bootstrap = {});

}  // namespace dali
