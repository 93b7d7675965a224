// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>

#include "training/evaluate/caption_scores.h"

namespace dali {

// What BLEU-1 .. BLEU-4 are made of; corpora add up.
struct BleuCounts {
  std::array<std::int64_t, 4> guessed = {};  // phrases of 1 .. 4 words in the candidate
  std::array<std::int64_t, 4> correct = {};  // of them, those in a reference, at most as often
  std::int64_t candidate_words = 0;
  std::int64_t reference_words = 0;  // of the reference nearest in length, of two the shorter

  BleuCounts& operator+=(const BleuCounts& other);
};

BleuCounts count_bleu(const CaptionPair& item);

// BLEU-1 .. BLEU-4, with the small constants that keep caption-evaluation-tools from dividing by 0.
// Papineni et al., "BLEU: a method for automatic evaluation of machine translation" (2002).
std::array<double, 4> bleu(const BleuCounts& counts);

}  // namespace dali
