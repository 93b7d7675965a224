// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/cider.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace dali {

CiderD::CiderD(std::span<const CaptionPair> corpus)
    : log_items_(std::log(static_cast<double>(corpus.size()))) {
  for (const CaptionPair& item : corpus) {
    std::set<Ngram> ngrams;
    for (const auto& reference : item.references) {
      for (std::size_t length = 1; length <= kLongest; ++length) {
        for (const auto& [ngram, count] : count_ngrams(reference, length)) ngrams.insert(ngram);
      }
    }
    for (const Ngram& ngram : ngrams) ++items_with_[ngram];
  }
}

CiderD::Phrases CiderD::phrases_of(std::span<const std::string> words) const {
  Phrases phrases;
  for (std::size_t i = 0; i < kLongest; ++i) {
    double squares = 0.0;
    for (const auto& [ngram, count] : count_ngrams(words, i + 1)) {
      const auto found = items_with_.find(ngram);
      const double items = found == items_with_.end() ? 1.0 : found->second;
      const double weight = count * (log_items_ - std::log(items));
      phrases.weights[i].emplace(ngram, weight);
      squares += weight * weight;
    }
    phrases.norms[i] = std::sqrt(squares);
  }
  phrases.length = words.empty() ? 0.0 : static_cast<double>(words.size() - 1);
  return phrases;
}

double CiderD::similarity(const Phrases& candidate, const Phrases& reference) {
  constexpr double kSigma = 6.0;
  const double difference = candidate.length - reference.length;
  const double length_penalty = std::exp(-difference * difference / (2.0 * kSigma * kSigma));
  double sum = 0.0;
  for (std::size_t i = 0; i < kLongest; ++i) {
    double common = 0.0;
    for (const auto& [ngram, weight] : candidate.weights[i]) {
      const auto found = reference.weights[i].find(ngram);
      if (found != reference.weights[i].end()) {
        common += std::min(weight, found->second) * found->second;
      }
    }
    const double norms = candidate.norms[i] * reference.norms[i];
    if (norms != 0.0) sum += common / norms * length_penalty;
  }
  return sum / static_cast<double>(kLongest);
}

double CiderD::score(const CaptionPair& item) const {
  const Phrases candidate = phrases_of(item.candidate);
  double sum = 0.0;
  for (const auto& reference : item.references) {
    sum += similarity(candidate, phrases_of(reference));
  }
  return 10.0 * sum / static_cast<double>(item.references.size());
}

}  // namespace dali
