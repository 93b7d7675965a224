// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>

#include "model/base/picture_orientation.h"

namespace dali {

// How the pictures of an MP4 or QuickTime file's tracks lie, by the tracks' numbers: as the
// matrices of the movie and of the track say together. qtdemux (1.22) knows seven of the eight
// ways, and no matrix that also scales. Nothing of another kind of file.
std::map<unsigned, PictureOrientation> mp4_orientations(const std::filesystem::path& file);

}  // namespace dali
