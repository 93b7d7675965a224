// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

namespace dali {

// A caption and what people said of the same thing, as caption_words() gives them. At least one
// reference.
struct CaptionPair {
  std::vector<std::string> candidate;
  std::vector<std::vector<std::string>> references;
};

// Takes both from sentences.
CaptionPair caption_pair(const std::string& candidate, const std::vector<std::string>& references);

// The scores of a corpus or of one of its items; all but CIDEr-D lie in [0, 1].
struct CaptionScores {
  std::array<double, 4> bleu = {};  // BLEU-1 .. BLEU-4
  double rouge_l = 0.0;
  double cider_d = 0.0;  // times 10, as the field prints it
};

struct CorpusScores {
  CaptionScores corpus;              // of BLEU, not the mean of the items
  std::vector<CaptionScores> items;  // [items]
};

// As the field's tools compute them, in double precision. CIDEr-D counts in how many items of this
// corpus a phrase occurs, so an item's score depends on all others. Throws std::invalid_argument
// when there are no items, or one has no references.
CorpusScores score_captions(std::span<const CaptionPair> items);

}  // namespace dali
