// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <span>

#include "media/clips/clip_list.h"

namespace dali {

// Clips of files that lie in `folder`, in it or below: files whose paths differ in the ending alone
// belong to one, by the endings as the parts of a shard's sample do (see unpacked_shard.h).
// STEM.x.jpg and STEM.x.txt belong to STEM where that has a sound or a video. Texts alone make no
// clip. What is not used is counted in the list's remarks, a line a kind; of files that are broken
// the first is named. Throws std::runtime_error naming the folder when there is no sound, picture
// or video.
ClipList clips_of_files(std::span<const std::filesystem::path> files,
                        const std::filesystem::path& folder);

}  // namespace dali
