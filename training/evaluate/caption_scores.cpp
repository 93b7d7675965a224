// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/caption_scores.h"

#include <stdexcept>

#include "training/evaluate/bleu.h"
#include "training/evaluate/caption_words.h"
#include "training/evaluate/cider.h"
#include "training/evaluate/rouge.h"

namespace dali {

CaptionPair caption_pair(const std::string& candidate, const std::vector<std::string>& references) {
  CaptionPair pair{.candidate = caption_words(candidate), .references = {}};
  for (const std::string& reference : references) {
    pair.references.push_back(caption_words(reference));
  }
  return pair;
}

CorpusScores score_captions(std::span<const CaptionPair> items) {
  if (items.empty()) throw std::invalid_argument("there are no captions to score");
  for (const CaptionPair& item : items) {
    if (item.references.empty()) throw std::invalid_argument("a caption has no references");
  }
  const CiderD cider(items);
  BleuCounts total;
  CorpusScores scores;
  for (const CaptionPair& item : items) {
    const BleuCounts counts = count_bleu(item);
    const CaptionScores of_item = {
        .bleu = bleu(counts), .rouge_l = rouge_l(item), .cider_d = cider.score(item)};
    total += counts;
    scores.corpus.rouge_l += of_item.rouge_l / static_cast<double>(items.size());
    scores.corpus.cider_d += of_item.cider_d / static_cast<double>(items.size());
    scores.items.push_back(of_item);
  }
  scores.corpus.bleu = bleu(total);
  return scores;
}

}  // namespace dali
