// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/base/rgb_image.h"
#include "toyworld/scene.h"

namespace dali {

inline constexpr int kFrameSizePx = 128;

// The scene as it looks `time_s` after its start, in its world's style: a square picture. Things
// sway slowly; the noise is new at every moment. The same arguments give the same bytes. Takes well
// under a millisecond.
RgbImage render_frame(const Scene& scene, double time_s, int size_px = kFrameSizePx);

}  // namespace dali
