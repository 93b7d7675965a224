// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/bleu.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "training/evaluate/ngrams.h"

namespace dali {

BleuCounts& BleuCounts::operator+=(const BleuCounts& other) {
  for (std::size_t i = 0; i < guessed.size(); ++i) {
    guessed[i] += other.guessed[i];
    correct[i] += other.correct[i];
  }
  candidate_words += other.candidate_words;
  reference_words += other.reference_words;
  return *this;
}

BleuCounts count_bleu(const CaptionPair& item) {
  BleuCounts counts;
  const auto length = static_cast<std::int64_t>(item.candidate.size());
  counts.candidate_words = length;
  const auto nearest = std::ranges::min(item.references, {}, [&](const auto& reference) {
    const auto words = static_cast<std::int64_t>(reference.size());
    return std::pair(std::abs(words - length), words);
  });
  counts.reference_words = static_cast<std::int64_t>(nearest.size());

  for (std::size_t i = 0; i < counts.guessed.size(); ++i) {
    NgramCounts most;  // in any one reference
    for (const auto& reference : item.references) {
      for (const auto& [ngram, count] : count_ngrams(reference, i + 1)) {
        most[ngram] = std::max(most[ngram], count);
      }
    }
    for (const auto& [ngram, count] : count_ngrams(item.candidate, i + 1)) {
      const auto found = most.find(ngram);
      counts.guessed[i] += count;
      counts.correct[i] += found == most.end() ? 0 : std::min(count, found->second);
    }
  }
  return counts;
}

std::array<double, 4> bleu(const BleuCounts& counts) {
  constexpr double kSmall = 1e-9;
  constexpr double kTiny = 1e-15;
  const double ratio = (static_cast<double>(counts.candidate_words) + kTiny) /
                       (static_cast<double>(counts.reference_words) + kSmall);
  const double brevity = ratio < 1.0 ? std::exp(1.0 - 1.0 / ratio) : 1.0;
  std::array<double, 4> scores = {};
  double product = 1.0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    product *= (static_cast<double>(counts.correct[i]) + kTiny) /
               (static_cast<double>(counts.guessed[i]) + kSmall);
    scores[i] = std::pow(product, 1.0 / static_cast<double>(i + 1)) * brevity;
  }
  return scores;
}

}  // namespace dali
