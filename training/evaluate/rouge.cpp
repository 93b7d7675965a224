// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/rouge.h"

#include <algorithm>
#include <vector>

namespace dali {
namespace {

int common_subsequence_length(const std::vector<std::string>& one,
                              const std::vector<std::string>& other) {
  // lengths[j]: of what is common to the words of `one` so far and the first j of `other`.
  std::vector<int> lengths(other.size() + 1, 0);
  for (const std::string& word : one) {
    int diagonal = 0;
    for (std::size_t j = 1; j < lengths.size(); ++j) {
      const int above = lengths[j];
      lengths[j] = word == other[j - 1] ? diagonal + 1 : std::max(above, lengths[j - 1]);
      diagonal = above;
    }
  }
  return lengths.back();
}

}  // namespace

double rouge_l(const CaptionPair& item) {
  constexpr double kBetaSquared = 1.2 * 1.2;
  double precision = 0.0;
  double recall = 0.0;
  for (const auto& reference : item.references) {
    if (item.candidate.empty() || reference.empty()) continue;
    const double common = common_subsequence_length(item.candidate, reference);
    precision = std::max(precision, common / static_cast<double>(item.candidate.size()));
    recall = std::max(recall, common / static_cast<double>(reference.size()));
  }
  if (precision == 0.0 || recall == 0.0) return 0.0;
  return (1.0 + kBetaSquared) * precision * recall / (recall + kBetaSquared * precision);
}

}  // namespace dali
