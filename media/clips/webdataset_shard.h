// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "media/clips/manifest.h"

namespace dali {

// A WebDataset shard is a tar archive whose members belong to one sample when they share the name
// up to the first dot of its last part. https://github.com/webdataset/webdataset
struct ShardPart {
  std::string key;        // of the sample: "audio/000017"
  std::string extension;  // in lower case: "wav" or "frame_3.jpg"
};

// The part that a member of this name is. Nothing for what is none: it has no dot, or is hidden.
std::optional<ShardPart> shard_part(const std::string& member);

// Of ASCII's letters alone: a part of another letter must not be taken for one.
std::string in_lower_case(std::string text);

// "x/a.b.JPG" -> "jpg"; empty: it has none.
std::string ending_of_file(const std::filesystem::path& file);

// Whether the file's name is one of a shard: *.tar, also compressed.
bool has_name_of_shard(const std::filesystem::path& file);

// Writes clips as a shard that unpack_shard() reads: KEY.json, KEY.wav and KEY.frame_000.ppm (as
// the clips' files end) and so on, where the keys count from `first_key`. The shard appears when
// it is complete. Throws std::runtime_error naming the file.
void write_shard(const std::filesystem::path& shard, std::span<const Clip> clips,
                 std::size_t first_key);

// What a shard that write_shard() wrote says of its clips, in their order. Of their sounds and
// frames only the members' names are known. Throws std::exception when it is no such shard.
std::vector<Clip> described_clips(const std::filesystem::path& shard);

}  // namespace dali
