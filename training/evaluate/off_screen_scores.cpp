// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/off_screen_scores.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>

namespace dali {
namespace {

double share(int part, int whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / whole;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

double OffScreenScores::Counts::f1() const {
  return share(2 * right, unseen + taken);
}

void OffScreenScores::add(const std::vector<WeighedWord>& words, const Clip& clip,
                          const ClassWords& classes) {
  std::map<std::string, std::vector<double>> gains;  // by the class that a word names
  for (const WeighedWord& word : words) {
    for (const std::string& name : named_classes(word.text, classes)) {
      gains[name].push_back(word.gain);
    }
  }
  const std::size_t things_before = things_.size();
  for (const auto& [name, of_name] : gains) {
    const bool is_unseen = contains(clip.unseen, name);
    if (!is_unseen && !contains(clip.sounds, name) && !contains(clip.shows, name)) continue;
    double sum = 0.0;
    for (const double gain : of_name) sum += gain;
    things_.push_back({.gain = sum / static_cast<double>(of_name.size()), .is_unseen = is_unseen});
  }
  captions_ += things_.size() > things_before ? 1 : 0;
}

OffScreenScores::Counts OffScreenScores::counts(double least_gain) const {
  Counts counts;
  for (const Thing& thing : things_) {
    counts.unseen += thing.is_unseen ? 1 : 0;
    if (thing.gain < least_gain) continue;
    ++counts.taken;
    counts.right += thing.is_unseen ? 1 : 0;
  }
  return counts;
}

double OffScreenScores::precision() const {
  const Counts of_things = counts(least_gain_);
  return share(of_things.right, of_things.taken);
}

double OffScreenScores::recall() const {
  const Counts of_things = counts(least_gain_);
  return share(of_things.right, of_things.unseen);
}

double OffScreenScores::f1() const {
  return counts(least_gain_).f1();
}

double OffScreenScores::area_under_curve() const {
  double wins = 0.0;
  int pairs = 0;
  for (const Thing& unseen : things_) {
    if (!unseen.is_unseen) continue;
    for (const Thing& seen : things_) {
      if (seen.is_unseen) continue;
      ++pairs;
      if (unseen.gain > seen.gain) wins += 1.0;
      if (unseen.gain == seen.gain) wins += 0.5;
    }
  }
  return pairs == 0 ? 0.0 : wins / pairs;
}

double OffScreenScores::best_gain() const {
  std::vector<double> gains;
  for (const Thing& thing : things_) gains.push_back(thing.gain);
  std::ranges::sort(gains, std::greater());
  double best_f1 = 0.0;
  double best = least_gain_;
  for (std::size_t at = 0; at < gains.size(); ++at) {
    const double f1 = counts(gains[at]).f1();
    if (f1 <= best_f1) continue;
    best_f1 = f1;
    const auto next = std::ranges::find_if(gains, [&](double gain) { return gain < gains[at]; });
    best = next == gains.end() ? gains[at] : (gains[at] + *next) / 2.0;
  }
  return best;
}

}  // namespace dali
