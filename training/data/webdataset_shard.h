#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>

#include "training/data/manifest.h"

namespace dali {

// A WebDataset shard is a tar archive whose members come sample by sample: all that belong to one
// share the name up to the first dot of its last part. https://github.com/webdataset/webdataset
struct ShardSample {
  std::string key;                           // "audio/000017"
  std::map<std::string, std::string> parts;  // extension, "wav" or "frame_3.jpg" -> bytes
};

// Calls `visit` for one sample after the other. Throws std::runtime_error naming the file when it
// cannot be read, also at its end, when samples may have been visited already.
void for_each_sample(const std::filesystem::path& shard,
                     const std::function<void(const ShardSample& sample)>& visit);

// Unpacks a shard into the folder beside it that is named as it is with ".clips" behind, unless
// that was done before, and returns the manifest there. A sample becomes a clip: its *.wav the
// sound, its *.jpg and *.ppm the frames by name, its *.txt an audio caption, and a *.json may have
// the manifest's keys id, start, duration and those of kClipTexts. Samples without sound or frame
// are left out. Several processes may ask for the same shard. Throws std::runtime_error naming the
// file.
std::filesystem::path unpack_shard(const std::filesystem::path& shard);

// Writes clips as a shard that unpack_shard() reads: KEY.json, KEY.wav and KEY.frame_000.ppm (as
// the frames' files end) and so on, where the keys count from `first_key`. The shard appears when
// it is complete. Throws std::runtime_error naming the file.
void write_shard(const std::filesystem::path& shard, std::span<const Clip> clips,
                 std::size_t first_key);

// How many samples a shard holds. Throws std::runtime_error naming the file.
int count_samples(const std::filesystem::path& shard);

}  // namespace dali
