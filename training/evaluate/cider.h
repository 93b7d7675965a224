// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <span>
#include <string>

#include "training/evaluate/caption_scores.h"
#include "training/evaluate/ngrams.h"

namespace dali {

// CIDEr-D over one corpus: phrases that few items' references have weigh more. Vedantam et al.,
// "CIDEr: consensus-based image description evaluation" (2015), as caption-evaluation-tools has it.
class CiderD {
 public:
  // Counts the phrases of `corpus`'s references, which is not kept.
  explicit CiderD(std::span<const CaptionPair> corpus);

  // Of one item, which need not be in the corpus.
  double score(const CaptionPair& item) const;

 private:
  static constexpr std::size_t kLongest = 4;  // words in a phrase

  // The phrases of a caption, by their number of words less one.
  struct Phrases {
    std::array<std::map<Ngram, double>, kLongest> weights;  // count * inverse document frequency
    std::array<double, kLongest> norms = {};
    double length = 0.0;  // two-word phrases: words less one
  };
  Phrases phrases_of(std::span<const std::string> words) const;
  static double similarity(const Phrases& candidate, const Phrases& reference);

  double log_items_ = 0.0;
  NgramCounts items_with_;
};

}  // namespace dali
