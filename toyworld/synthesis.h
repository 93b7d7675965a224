// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "toyworld/scene.h"

namespace dali {

// The scene as it sounds: mono, [-1, 1], kSampleRateHz, kSceneSeconds long. Every sounding thing is
// audible over the noise of the place: in the small world clearly, in the others some barely. The
// same scene gives the same samples.
std::vector<float> synthesise(const Scene& scene);

// From when to when each of sounds_of() is heard, to 10 ms: a thing may begin a little after its
// time's start and cease before its end.
std::vector<SoundTime> audible_times(const Scene& scene);

}  // namespace dali
