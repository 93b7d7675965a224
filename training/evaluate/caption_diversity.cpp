// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/caption_diversity.h"

#include <array>
#include <cstddef>
#include <map>
#include <stdexcept>

#include "training/evaluate/caption_words.h"
#include "training/evaluate/ngrams.h"

namespace dali {
namespace {

using Captions = std::span<const std::vector<std::string>>;

// All phrases of so many words, and how often each occurs.
NgramCounts phrases_of(Captions captions, std::size_t length) {
  NgramCounts all;
  for (const auto& caption : captions) {
    for (const auto& [ngram, count] : count_ngrams(caption, length)) all[ngram] += count;
  }
  return all;
}

double vocabulary(Captions captions) {
  return static_cast<double>(phrases_of(captions, 1).size());
}

template <std::size_t kWords>
double distinct(Captions captions) {
  const NgramCounts phrases = phrases_of(captions, kWords);
  double total = 0.0;
  for (const auto& [ngram, count] : phrases) total += count;
  return total == 0.0 ? 0.0 : static_cast<double>(phrases.size()) / total;
}

double repeated_share(Captions captions) {
  std::map<std::vector<std::string>, int> counts;
  for (const auto& caption : captions) ++counts[caption];
  double repeated = 0.0;
  for (const auto& [caption, count] : counts) {
    if (count > 1) repeated += count;
  }
  return repeated / static_cast<double>(captions.size());
}

double mean_length(Captions captions) {
  double words = 0.0;
  for (const auto& caption : captions) words += static_cast<double>(caption.size());
  return words / static_cast<double>(captions.size());
}

constexpr std::array<DiversityMetric, 5> kMetrics = {{
    {{"vocabulary", "words", "how many different words the captions have", Better::kHigher, 0},
     vocabulary},
    {{"distinct_1", "distinct-1", "different words, as a share of all words, 0 to 1",
      Better::kHigher, 3},
     distinct<1>},
    {{"distinct_2", "distinct-2", "the same of phrases of two words", Better::kHigher, 3},
     distinct<2>},
    {{"repeated", "repeated", "share of the captions that stand at another clip too, 0 to 1",
      Better::kLower, 3},
     repeated_share},
    {{"mean_words", "length", "words in a caption, on average", Better::kNeither, 1}, mean_length},
}};

}  // namespace

std::span<const DiversityMetric> diversity_metrics() {
  return kMetrics;
}

Scores diversity_scores(std::span<const std::string> captions) {
  if (captions.empty()) throw std::invalid_argument("there are no captions to look at");
  std::vector<std::vector<std::string>> words;
  words.reserve(captions.size());
  for (const std::string& caption : captions) words.push_back(caption_words(caption));
  Scores scores;
  for (const DiversityMetric& metric : kMetrics) scores[metric.about.key] = metric.of(words);
  return scores;
}

}  // namespace dali
