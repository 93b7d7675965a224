// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/token_dropout.h"

#include <algorithm>
#include <cmath>

namespace dali {

std::int64_t shown_token_count(std::int64_t count, double dropout) {
  const std::int64_t dropped = std::llround(dropout * static_cast<double>(count));
  return std::max<std::int64_t>(count - dropped, 1);
}

// Selection sampling: a token is taken with the share of those that are still wanted among those
// that are still to come (Knuth, The Art of Computer Programming, 3.4.2, algorithm S).
std::vector<std::int64_t> draw_shown_tokens(std::int64_t count, double dropout, Random& random) {
  std::vector<std::int64_t> shown;
  std::int64_t wanted = shown_token_count(count, dropout);
  for (std::int64_t token = 0; wanted > 0; ++token) {
    if (random.below(static_cast<int>(count - token)) >= wanted) continue;
    shown.push_back(token);
    --wanted;
  }
  return shown;
}

}  // namespace dali
