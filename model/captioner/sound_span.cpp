// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/sound_span.h"

#include <algorithm>
#include <cstddef>

namespace dali {
namespace {

// Twice as likely with the sound as without it.
constexpr double kLeastLoss = 0.7;
// Of what a word can lose: a part of it comes back with the first moment of the sound, and all of
// it later.
constexpr double kShareAtBorder = 0.75;

// Where between two borders a loss passes `level`.
double crossing(double before, double after, double level) {
  return before == after ? 0.5 : (before - level) / (before - after);
}

}  // namespace

std::optional<SoundSpan> sound_span(const WordLosses& losses) {
  const std::span<const double> after = losses.hidden_after;
  const std::span<const double> before = losses.hidden_before;
  const std::size_t slices = after.size() - 1;
  const double all = std::min(after.front(), before.back());
  if (!(all >= kLeastLoss)) return std::nullopt;
  const double level = kShareAtBorder * all;
  std::size_t first = 0;  // the slice in which the word comes back
  while (first + 1 < slices && after[first + 1] >= level) ++first;
  std::size_t last = slices - 1;  // the slice with which it goes
  while (last > 0 && before[last] >= level) --last;
  SoundSpan span{
      .start = static_cast<double>(first) + crossing(after[first], after[first + 1], level),
      .end = static_cast<double>(last) + crossing(before[last], before[last + 1], level)};
  // Of a short sound each half may be enough.
  if (span.end < span.start) std::swap(span.start, span.end);
  return span;
}

}  // namespace dali
