// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/caption_scores.h"

#include <stdexcept>

#include "training/evaluate/caption_metrics.h"
#include "training/evaluate/caption_words.h"

namespace dali {

CaptionPair caption_pair(const std::string& candidate, const std::vector<std::string>& references) {
  CaptionPair pair{.candidate = caption_words(candidate), .references = {}};
  for (const std::string& reference : references) {
    pair.references.push_back(caption_words(reference));
  }
  return pair;
}

CorpusScores score_captions(std::span<const CaptionPair> items, const BootstrapOptions& bootstrap) {
  if (items.empty()) throw std::invalid_argument("there are no captions to score");
  for (const CaptionPair& item : items) {
    if (item.references.empty()) throw std::invalid_argument("a caption has no references");
  }
  CorpusScores scores{.corpus = {}, .intervals = {}, .items = std::vector<Scores>(items.size())};
  for (const CaptionMetric& metric : caption_metrics()) {
    const MetricScores found = metric.score(items);
    scores.corpus[metric.about.key] = found.corpus;
    if (bootstrap.samples > 0) {
      scores.intervals[metric.about.key] =
          bootstrap_interval(items.size(), bootstrap, found.of_sample);
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      scores.items[i][metric.about.key] = found.items[i];
    }
  }
  return scores;
}

}  // namespace dali
