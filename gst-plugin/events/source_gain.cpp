// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/events/source_gain.h"

#include <set>
#include <string>

namespace dali {

std::optional<double> gain_of(const NamedSource& source, const std::vector<WeighedWord>& words,
                              const SourceNames& names) {
  const std::set<std::string>& naming = source.nouns.empty() ? source.name.words : source.nouns;
  double sum = 0.0;
  int count = 0;
  for (const WeighedWord& word : words) {
    if (!naming.contains(names.stem_of(word.text))) continue;
    sum += word.gain;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

}  // namespace dali
