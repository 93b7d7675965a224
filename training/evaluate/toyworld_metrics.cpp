// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/toyworld_metrics.h"

namespace dali {
namespace {

using Counts = SoundAccuracy::Counts;
using ClipsOf = const Counts& (SoundAccuracy::*)() const;

// Captions of those clips with a sound, and what they name of it.
template <ClipsOf kClips>
constexpr ToyWorldMetrics sound_metrics(const char* key, const char* title) {
  return {
      key,
      title,
      [](const ToyWorldCounts& counts) { return (counts.sounds.*kClips)().clips; },
      {{{{"right", "right", "captions that name all that sounds and nothing else, 0 to 1",
          Better::kHigher, 3},
         [](const ToyWorldCounts& counts) { return (counts.sounds.*kClips)().right_share(); }},
        {{"named", "named", "captions that name all that sounds, and perhaps more, 0 to 1",
          Better::kHigher, 3},
         [](const ToyWorldCounts& counts) { return (counts.sounds.*kClips)().named_share(); }}}}};
}

constexpr std::array<ToyWorldMetrics, 4> kMetrics = {{
    sound_metrics<&SoundAccuracy::single>("single", "one sound"),
    sound_metrics<&SoundAccuracy::several>("several", "several"),
    sound_metrics<&SoundAccuracy::unseen>("unseen", "one, unseen"),
    {"image_bias",
     "things that only show",
     [](const ToyWorldCounts& counts) { return counts.bias.captions; },
     {{{{"naming", "named", "captions that name a thing that no sound can tell of, 0 to 1",
         Better::kLower, 3},
        [](const ToyWorldCounts& counts) { return counts.bias.naming_share(); }},
       {{"inventing", "invented", "captions that name such a thing which the clip does not show",
         Better::kLower, 3},
        [](const ToyWorldCounts& counts) { return counts.bias.inventing_share(); }}}}},
}};

}  // namespace

std::span<const ToyWorldMetrics> toyworld_metrics() {
  return kMetrics;
}

}  // namespace dali
