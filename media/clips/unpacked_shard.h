// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

namespace dali {

// What of shards was not used, and how often: "parts named *.npy are not used" -> 12.
using ShardRemarks = std::map<std::string, std::size_t>;

struct UnpackedShard {
  std::filesystem::path manifest;
  ShardRemarks remarks;
};

// Unpacks a WebDataset shard (see webdataset_shard.h) into a folder that shard_cache.h chooses,
// unless this very file was unpacked before. Every sample becomes a clip, whatever it holds:
//   *.wav, *.flac ...     its sound; *.m4a and *.aac are unpacked for dali-extract
//   *.jpg, *.webp ...     its frames, in the order of their names, numbers in theirs
//   *.mp4, *.mkv ...      its media, for dali-extract
//   *.txt                 an audio caption each
//   *.json                may have the manifest's keys id, start, duration, extraction and those of
//                         kClipTexts, or, as others have them, captions in "text", "caption" or
//                         "captions"
//   *.cls                 what sounds, a class a line, by its name or its number in classes.json
// The clip's id is that of its json, else its key. A part that stands twice begins another sample;
// several sounds, as of names with more dots, are a clip each. Ids and files that would be the same
// get a number behind. Several processes may ask for the same shard. Throws std::runtime_error
// naming the file, and the sample where one is at fault.
UnpackedShard unpack_shard(const std::filesystem::path& shard);

}  // namespace dali
