// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "training/evaluate/caption_scores.h"

namespace dali {

// ROUGE-L of one item: the longest common subsequence, as a share of the candidate and of a
// reference; the best of either over all references, joined with beta = 1.2. Lin, "ROUGE: a package
// for automatic evaluation of summaries" (2004), as caption-evaluation-tools has it.
double rouge_l(const CaptionPair& item);

}  // namespace dali
