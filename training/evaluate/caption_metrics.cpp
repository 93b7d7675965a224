// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/caption_metrics.h"

#include <array>
#include <utility>

#include "training/evaluate/bleu.h"
#include "training/evaluate/cider.h"
#include "training/evaluate/rouge.h"

namespace dali {
namespace {

// Phrases of up to `kWords` words. The corpus has a BLEU of its own.
template <std::size_t kWords>
MetricScores bleu_scores(std::span<const CaptionPair> items) {
  MetricScores scores;
  std::vector<BleuCounts> counts;
  BleuCounts total;
  for (const CaptionPair& item : items) {
    counts.push_back(count_bleu(item));
    scores.items.push_back(bleu(counts.back())[kWords - 1]);
    total += counts.back();
  }
  scores.corpus = bleu(total)[kWords - 1];
  scores.of_sample = [counts = std::move(counts)](std::span<const std::size_t> drawn) {
    BleuCounts of_drawn;
    for (const std::size_t item : drawn) of_drawn += counts[item];
    return bleu(of_drawn)[kWords - 1];
  };
  return scores;
}

// A corpus is worth the mean of its items.
template <typename ItemScore>
MetricScores mean_scores(std::span<const CaptionPair> items, ItemScore score) {
  MetricScores scores;
  for (const CaptionPair& item : items) {
    scores.items.push_back(score(item));
    scores.corpus += scores.items.back() / static_cast<double>(items.size());
  }
  scores.of_sample = [items = scores.items](std::span<const std::size_t> drawn) {
    double sum = 0.0;
    for (const std::size_t item : drawn) sum += items[item];
    return sum / static_cast<double>(drawn.size());
  };
  return scores;
}

MetricScores rouge_scores(std::span<const CaptionPair> items) {
  return mean_scores(items, rouge_l);
}

MetricScores cider_scores(std::span<const CaptionPair> items) {
  const CiderD cider(items);
  return mean_scores(items, [&](const CaptionPair& item) { return cider.score(item); });
}

constexpr std::array<CaptionMetric, 6> kMetrics = {{
    {{"bleu_1", "BLEU-1", "share of the words that a reference has, 0 to 1", Better::kHigher, 4},
     bleu_scores<1>},
    {{"bleu_2", "BLEU-2", "the same with phrases of two words", Better::kHigher, 4},
     bleu_scores<2>},
    {{"bleu_3", "BLEU-3", "the same with phrases of up to three words", Better::kHigher, 4},
     bleu_scores<3>},
    {{"bleu_4", "BLEU-4", "the same with phrases of up to four words", Better::kHigher, 4},
     bleu_scores<4>},
    {{"rouge_l", "ROUGE-L", "longest sequence of words shared with a reference, 0 to 1",
      Better::kHigher, 4},
     rouge_scores},
    {{"cider_d", "CIDEr-D", "shared phrases, where rare ones weigh more, 0 to 10", Better::kHigher,
      4},
     cider_scores},
}};

}  // namespace

std::span<const CaptionMetric> caption_metrics() {
  return kMetrics;
}

}  // namespace dali
