// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

#include "media/clips/clip_list.h"

namespace dali {

// The clips of AudioCaps or Clotho: those of the table whose files lie in its folder or below, with
// all that people said of them as audio captions. Files are found by the names that CaptionTable
// has, or, where none is, by AudioCaps' numbers. A clip has the sound that is found and the video
// for dali-extract; those without either are missing, which is the normal case: videos have gone.
// The remarks say how many of the split were found. Throws as read_caption_table().
ClipList clips_of_table(const std::filesystem::path& table);

}  // namespace dali
