// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "toyworld/scene.h"

namespace dali {

// The scene as it sounds: mono, [-1, 1], kSampleRateHz, kSceneSeconds long. Every sounding thing is
// audible over the noise of the place. The same scene gives the same samples.
std::vector<float> synthesise(const Scene& scene);

}  // namespace dali
