// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dali {

// FFmpeg's filters that turn and mirror pixels as a display matrix says, for all eight ways in
// which a camera can be held; empty for an empty matrix. A slanted picture is turned to the nearest
// of the four sides.
std::string filters_that_turn(const std::vector<std::int32_t>& matrix);

// The same as a value of GStreamer's properties called video-direction.
std::string video_direction_of(const std::vector<std::int32_t>& matrix);

}  // namespace dali
