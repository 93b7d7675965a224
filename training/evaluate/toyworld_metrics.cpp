// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/toyworld_metrics.h"

#include <array>

namespace dali {
namespace {

using Counts = SoundAccuracy::Counts;
using ClipsOf = const Counts& (SoundAccuracy::*)() const;

template <ClipsOf kClips>
int clips_of(const ToyWorldCounts& counts) {
  return (counts.sounds.*kClips)().clips;
}

template <ClipsOf kClips, double (Counts::*kFigure)() const>
double figure_of(const ToyWorldCounts& counts) {
  return ((counts.sounds.*kClips)().*kFigure)();
}

// Captions of those clips with a sound, and what they name of it.
template <ClipsOf kClips>
constexpr std::array<ToyWorldMetric, 5> kSoundMetrics = {{
    {{"right", "right", "captions that name all that sounds and nothing else, 0 to 1",
      Better::kHigher, 3},
     figure_of<kClips, &Counts::right_share>},
    {{"named", "named", "captions that name all that sounds, and perhaps more, 0 to 1",
      Better::kHigher, 3},
     figure_of<kClips, &Counts::named_share>},
    {{"precision", "prec.", "of the things that captions name, how many sound, 0 to 1",
      Better::kHigher, 3},
     figure_of<kClips, &Counts::precision>},
    {{"recall", "recall", "of the things that sound, how many are named, 0 to 1", Better::kHigher,
      3},
     figure_of<kClips, &Counts::recall>},
    {{"f1", "F1", "harmonic mean of precision and recall", Better::kHigher, 3},
     figure_of<kClips, &Counts::f1>},
}};

// Where one thing sounds, precision and recall say little beside the first two.
template <ClipsOf kClips>
constexpr std::span<const ToyWorldMetric> shares_alone() {
  return std::span(kSoundMetrics<kClips>).first(2);
}

constexpr std::array<ToyWorldMetric, 1> kSilenceMetrics = {{
    {{"right", "right", "captions that name no thing, as none sounds, 0 to 1", Better::kHigher, 3},
     figure_of<&SoundAccuracy::none, &Counts::right_share>},
}};

constexpr std::array<ToyWorldMetric, 2> kBiasMetrics = {{
    {{"naming", "named", "captions that name a thing that no sound can tell of, 0 to 1",
      Better::kLower, 3},
     [](const ToyWorldCounts& counts) { return counts.bias.naming_share(); }},
    {{"inventing", "invented", "captions that name such a thing which the clip does not show",
      Better::kLower, 3},
     [](const ToyWorldCounts& counts) { return counts.bias.inventing_share(); }},
}};

template <double (OffScreenScores::*kFigure)() const>
double off_screen(const ToyWorldCounts& counts) {
  return (counts.off_screen.*kFigure)();
}

constexpr std::array<ToyWorldMetric, 5> kOffScreenMetrics = {{
    {{"precision", "prec.", "of what is taken for heard and not seen, how much is, 0 to 1",
      Better::kHigher, 3},
     off_screen<&OffScreenScores::precision>},
    {{"recall", "recall", "of what captions name and is heard and not seen, how much is found",
      Better::kHigher, 3},
     off_screen<&OffScreenScores::recall>},
    {{"f1", "F1", "harmonic mean of precision and recall", Better::kHigher, 3},
     off_screen<&OffScreenScores::f1>},
    {{"auc", "AUC", "how often something unseen gains more by the sound than something seen",
      Better::kHigher, 3},
     off_screen<&OffScreenScores::area_under_curve>},
    {{"best_gain", "best gain", "the off_screen_gain with which F1 would be largest",
      Better::kNeither, 2},
     off_screen<&OffScreenScores::best_gain>},
}};

constexpr std::array<ToyWorldMetrics, 6> kMetrics = {{
    {"single", "one sound", clips_of<&SoundAccuracy::single>,
     shares_alone<&SoundAccuracy::single>()},
    {"several", "several", clips_of<&SoundAccuracy::several>,
     kSoundMetrics<&SoundAccuracy::several>},
    {"none", "none", clips_of<&SoundAccuracy::none>, kSilenceMetrics},
    {"unseen", "one, unseen", clips_of<&SoundAccuracy::unseen>,
     shares_alone<&SoundAccuracy::unseen>()},
    {"image_bias", "things that only show",
     [](const ToyWorldCounts& counts) { return counts.bias.captions; }, kBiasMetrics},
    {"off_screen", "named, heard and not seen",
     [](const ToyWorldCounts& counts) { return counts.off_screen.captions(); }, kOffScreenMetrics},
}};

}  // namespace

std::span<const ToyWorldMetrics> toyworld_metrics() {
  return kMetrics;
}

}  // namespace dali
