// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "gst-plugin/session/audio_track.h"

namespace dali {

// Where the sound of a window grows loudest at once: the running time between the two tenths of a
// second whose loudness differs most, by the loudest channel, to 50 ms. A bang in a quiet scene is
// such a moment, and so is one in a loud scene if it is louder. Nothing for sound in which no tenth
// has twice the power of the one before, or that does so below `silence_threshold_db` alone, of
// full scale. What the first sample does is no rise: nobody knows what was before it.
std::optional<std::int64_t> strongest_rise_ns(const TrackSound& sound, double silence_threshold_db);

}  // namespace dali
