#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "training/data/manifest.h"

namespace dali {

// The clips of a data set, as far as their files are there: links die, and so do media.
struct ClipList {
  std::vector<Clip> clips;
  std::size_t missing = 0;  // listed, but without their sound or a frame
};

// Reads whichever list of clips `source` is:
//   *.jsonl             our manifest, whose clips are taken as they stand
//   *.json, an object   CAV-MAE's {"data": [{video_id, wav, video_path, labels}]}; the frames of a
//                       clip are video_path/frame_0/VIDEO_ID.jpg to frame_9
//   *.json, an array    LLaVA's conversations [{id, image, audio, conversations: [{from, value}]}];
//                       what "gpt" says are the audio captions
//   *.tar, *.tar.gz     a WebDataset shard, see webdataset_shard.h
//   a folder            all shards in it, in the order of their names
// Paths in a json are relative to its folder. Of the clips that are there, only the first
// `max_clips` are kept; 0: all. Throws std::runtime_error naming the file, and the entry where one
// is at fault.
ClipList read_clip_list(const std::filesystem::path& source, int max_clips = 0);

}  // namespace dali
